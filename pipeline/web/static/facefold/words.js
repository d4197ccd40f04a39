// The texts that scripts show; they come with the page.
const held = document.getElementById("words").content.querySelectorAll("[data-word]");
const words = Object.fromEntries([...held].map((item) => [item.dataset.word, item.textContent]));

/** A text by its name, with values in its braces; of "one|many" the form that fits `n`. */
export function word(name, values = {}) {
  const forms = words[name].split("|");
  const form = values.n === 1 ? forms[0] : forms.at(-1);
  return form.replace(/\{(\w+)\}/g, (_, key) => {
    const value = values[key] ?? "";
    return typeof value === "number" ? value.toLocaleString("en") : value;
  });
}
