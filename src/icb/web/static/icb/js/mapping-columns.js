// The columns of the mapping grid in the user's order: by dragging a head, or Alt and an arrow key.
export function orderColumns(grid) {
  const heads = grid.table.tHead.rows[0];
  let dragged = null;
  for (const head of [...heads.cells].slice(1)) {
    head.addEventListener("dragstart", (event) => {
      dragged = head;
      event.dataTransfer.effectAllowed = "move";
    });
    head.addEventListener("dragover", (event) => {
      if (!dragged || dragged === head) return;
      event.preventDefault();
      head.classList.add("is-over");
    });
    head.addEventListener("dragleave", () => head.classList.remove("is-over"));
    head.addEventListener("dragend", () => (dragged = null));
    head.addEventListener("drop", (event) => {
      event.preventDefault();
      head.classList.remove("is-over");
      if (dragged && dragged !== head) move(dragged.cellIndex, head.cellIndex);
      dragged = null;
    });
  }
  grid.table.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !event.altKey || event.target.closest(".editor") || grid.here.cellIndex === 0) return;
    event.preventDefault();
    const from = grid.here.cellIndex;
    const to = from + step;
    if (to < 1 || to >= heads.cells.length) return;
    const { parentElement: row } = grid.here;
    move(from, to);
    grid.focusOn(row.cells[to]);
  });

  function move(from, to) {
    for (const row of grid.table.rows) {
      const cell = row.cells[from];
      if (to < from) row.cells[to].before(cell);
      else row.cells[to].after(cell);
    }
    const name = heads.cells[to].textContent.trim();
    grid.tell(grid.say("moved", { c: name, n: to }));
    grid.send(grid.dataset.columns, { order: grid.modules });
  }
}
