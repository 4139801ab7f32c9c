/**
 * Runs in every document after `guard`: what the page asks is told there, and answered here so that what comes of a yes
 * can be seen.
 *
 * @param {{text: string}} options what is typed where a text is asked for.
 */
export default function consent(options) {
  const scope = /** @type {any} */ (window);
  const { confirm, prompt } = scope;
  scope.confirm = () => {
    confirm();
    return true;
  };
  scope.prompt = () => {
    prompt();
    return options.text;
  };
}
