/**
 * Has axe-core, which was loaded into this isolated world before, look for violations. The page's time stands still
 * meanwhile: what axe would do in the next task is done at once.
 *
 * @param {{tags: string[], skipped: string[], elements: number}} options rules by tag; those left out; elements of a
 *   page that is still examined.
 * @returns {Promise<{rule: string, impact: string, nodes: number, example: string}[] | null>} null: too many elements.
 */
export default async function examine(options) {
  if (document.getElementsByTagName("*").length > options.elements) return null;
  const { axe } = /** @type {any} */ (window);
  const later = window.setTimeout;
  /** @param {() => void} work @param {number} [delay] */
  const soon = (work, delay) => {
    if ((delay ?? 0) <= 10) queueMicrotask(work);
    return 0;
  };
  window.setTimeout = /** @type {any} */ (soon);

  /** A name that a reader finds the element by. @param {Element | undefined} element */
  const name = (element) => {
    if (element === undefined) return "";
    const parts = [];
    for (let one = /** @type {Element | null} */ (element); one !== null && parts.length < 3; one = one.parentElement) {
      const id = one.getAttribute("id");
      const marks = id === null || id === "" ? [...one.classList].slice(0, 2).map((mark) => `.${mark.slice(0, 30)}`).join("") : `#${id.slice(0, 40)}`;
      parts.unshift(one.localName.slice(0, 30) + marks);
      if (marks.startsWith("#")) break;
    }
    return parts.join(" > ");
  };
  try {
    const found = await axe.run(document, {
      runOnly: { type: "tag", values: options.tags },
      rules: Object.fromEntries(options.skipped.map((rule) => [rule, { enabled: false }])),
      resultTypes: ["violations"],
      elementRef: true,
      selectors: false,
      iframes: false,
      preload: false,
    });
    return found.violations.map((/** @type {any} */ violation) => ({
      rule: violation.id,
      impact: violation.impact ?? "minor",
      nodes: violation.nodes.length,
      example: name(violation.nodes[0]?.element),
    }));
  } finally {
    window.setTimeout = later;
  }
}
