/**
 * Scrolls the page, at once and without its own smoothness.
 *
 * @param {{top: number}} options pixels from the page's top.
 * @returns {number} the page's height in pixels.
 */
export default function scroll(options) {
  window.scrollTo({ top: options.top, left: 0, behavior: "instant" });
  return document.documentElement.scrollHeight;
}
