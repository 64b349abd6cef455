// The texts that the page gave its element, with places for numbers and names filled in.
export function words(texts) {
  return (name, values = {}) =>
    Object.entries(values).reduce((text, [place, value]) => text.replace(`%${place}`, value), texts[name] ?? "");
}
