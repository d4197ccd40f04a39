// A dialog that asks before something is done.
const dialog = document.getElementById("ask");
const part = (name) => document.getElementById(`ask-${name}`);

/** A field of a dialog: text, password, a box to tick, or a choice. */
function field({ name, label, type = "text", value = "", choices = [] }) {
  const made = document.createElement("label");
  const input = document.createElement(type === "select" ? "select" : "input");
  if (type !== "select") input.type = type;
  input.name = name;
  if (type === "checkbox") {
    made.className = "check";
    input.checked = !!value;
    made.append(input, label);
    return made;
  }
  for (const [key, words] of choices) input.append(new Option(words, key));
  if (type === "text") input.autocomplete = "off";
  if (type === "password") input.autocomplete = "current-password";
  if (type !== "select") input.required = true;
  input.value = value || input.value;
  made.append(label, input);
  return made;
}

/** Asks; the fields' values, or null if it was left. */
export function ask({ title, text = "", go, danger = false, fields = [] }) {
  part("title").textContent = title;
  part("text").textContent = text;
  part("text").hidden = !text;
  part("go").textContent = go;
  part("go").className = danger ? "danger" : "strong";
  part("go").value = "go";
  part("fields").replaceChildren(...fields.map(field));
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => {
    const form = dialog.querySelector("form");
    const end = () => {
      const inputs = [...form.querySelectorAll("#ask-fields input, #ask-fields select")];
      const told = inputs.map((item) => [item.name, item.type === "checkbox" ? item.checked : item.value]);
      part("fields").replaceChildren();
      done(dialog.returnValue === "go" ? Object.fromEntries(told) : null);
    };
    dialog.addEventListener("close", end, { once: true });
  });
}
