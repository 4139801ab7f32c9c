/**
 * What the field last aimed at holds.
 *
 * @returns {string} its value, or whether it is ticked; of edited text, the text.
 */
export default function field() {
  const element = /** @type {any} */ (/** @type {any} */ (globalThis).aimed);
  if (element === undefined) return "";
  if (element.type === "checkbox" || element.type === "radio") return String(element.checked);
  return String(element.value ?? element.textContent ?? "").slice(0, 500);
}
