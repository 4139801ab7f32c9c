/**
 * Presses one of the buttons with which a site may lead to its further pages: visible ones of its navigation and head.
 *
 * @param {{index: number}} options which of them, in document order.
 * @returns {boolean} whether there is such a button.
 */
export default function press(options) {
  /** @param {Element} button */
  const shown = (button) => {
    const { width, height } = button.getBoundingClientRect();
    return width > 0 && height > 0 && button.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };
  const places = "nav, header, aside, [role=navigation], [role=tablist]";
  const buttons = [...document.querySelectorAll("button, [role=button], [role=link], [role=tab], a:not([href])")].filter(
    (button) =>
      button instanceof HTMLElement && button.closest(places) !== null && button.closest("form") === null && shown(button),
  );
  const button = buttons[options.index];
  if (!(button instanceof HTMLElement)) return false;
  button.click();
  return true;
}
