import { decline } from './types.mjs';

/**
 * @typedef {object} Sheets what the project's style sheets ask of a build
 * @property {string[]} plugins packages that they name by `@plugin`
 * @property {string | undefined} tailwind a file that needs Tailwind
 */

const STYLES = /\.(css|pcss|postcss)$/;
const OTHER = /\.(scss|sass|less|styl|stylus|sss|vue|svelte|mdx|astro|elm|civet)$/;
const TAILWIND = /@(tailwind|apply|theme|utility|variant|custom-variant)\b|@import\s+(url\()?["']tailwindcss|\btheme\(/;
const PLUGIN = /@plugin\s+(?:"([^"]+)"|'([^']+)')/gi;

/**
 * @param {ReadonlyMap<string, string>} files
 * @returns {Sheets}
 */
export function readSheets(files) {
  /** @type {Set<string>} */
  const plugins = new Set();
  let tailwind;
  for (const [path, text] of files) {
    if (OTHER.test(path)) decline(`${path}: a language that is not built here`);
    if (!STYLES.test(path) && !path.endsWith('.html')) continue;
    for (const name of named(path, text)) plugins.add(name);
    if (STYLES.test(path) && TAILWIND.test(text)) tailwind ??= path;
  }
  return { plugins: [...plugins], tailwind };
}

/**
 * A comment may hide a rule, or cut one in two: both readings must be harmless.
 *
 * @param {string} path
 * @param {string} text
 * @returns {string[]} packages named by `@plugin`
 */
function named(path, text) {
  const bare = withoutComments(text);
  for (const reading of [text, bare]) {
    const [rule] = /@(config|source|reference)\b/i.exec(reading) ?? [];
    if (rule) decline(`${path}: ${rule} names files`);
    if (/\bsource\(/i.test(reading)) decline(`${path}: source() names files`);
  }
  const names = [...text.matchAll(PLUGIN)].map(([, double, single]) => double ?? single);
  for (const reading of [text, bare]) {
    if (reading.split(/@plugin\b/i).length - 1 !== names.length) decline(`${path}: @plugin is not plain`);
  }
  return names;
}

/** @param {string} text @returns {string} in one pass, whatever it is made of */
function withoutComments(text) {
  let bare = '';
  let from = 0;
  for (let start = text.indexOf('/*'); start >= 0; start = text.indexOf('/*', from)) {
    const end = text.indexOf('*/', start + 2);
    bare += text.slice(from, start);
    if (end < 0) return bare;
    from = end + 2;
  }
  return bare + text.slice(from);
}
