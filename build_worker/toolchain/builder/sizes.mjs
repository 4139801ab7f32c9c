/**
 * What a bundle is made of, from the bundler's output. Pure, and of no particular bundler: Rollup's and rolldown's
 * output objects have the same fields.
 *
 * @typedef {object} Chunk
 * @property {'chunk'} type
 * @property {string} fileName
 * @property {string} code
 * @property {Record<string, {renderedLength: number}>} modules
 *
 * @typedef {object} Asset
 * @property {'asset'} type
 * @property {string} fileName
 * @property {string | Uint8Array} source
 *
 * @typedef {object} Places
 * @property {string} root folder of the job's files
 * @property {string} modules `node_modules` of the dependency set, by its real path
 */

/** Stands for the candidate's own files among packages. */
export const SITE = '(site)';
/** Stands for what the bundler itself adds. */
export const BUNDLER = '(bundler)';
/** Stands for all packages beyond the largest. */
export const OTHERS = '(others)';

const MAX_PACKAGES = 30;
const PACKAGE = /^(@[^/]+\/[^/]+|[^/]+)/;

/** @type {[string, RegExp][]} */
const KINDS = [
  ['script', /\.(?:m|c)?js$/i],
  ['style', /\.css$/i],
  ['html', /\.html?$/i],
  ['image', /\.(?:png|jpe?g|jfif|gif|svg|ico|webp|avif|bmp)$/i],
  ['font', /\.(?:woff2?|ttf|otf|eot)$/i],
];

/**
 * @param {Iterable<[string, number]>} files path and bytes of everything that is served
 * @returns {Record<string, number>} bytes by `script`, `style`, `html`, `image`, `font`, `other`
 */
export function bytesByKind(files) {
  /** @type {Record<string, number>} */
  const bytes = { script: 0, style: 0, html: 0, image: 0, font: 0, other: 0 };
  for (const [path, size] of files) bytes[kind(path)] += size;
  return bytes;
}

/** @param {string} path @returns {string} */
function kind(path) {
  return KINDS.find(([, pattern]) => pattern.test(path))?.[0] ?? 'other';
}

/**
 * Facts of the scripts: how many modules, whose bytes (before minification), and the candidate's part of them.
 *
 * @param {Iterable<Chunk | Asset>} output
 * @param {Places} places
 * @returns {{modules: number, bytes_by_package: Record<string, number>, site_share: number}} `site_share` is 0 to 1 of
 *   what the candidate and its packages bring; 0 where there are no scripts.
 */
export function scriptFacts(output, places) {
  /** @type {Map<string, number>} */
  const bytes = new Map();
  let modules = 0;
  for (const item of output) {
    for (const [id, module] of item.type === 'chunk' ? Object.entries(item.modules) : []) {
      modules += 1;
      const name = owner(id, places);
      bytes.set(name, (bytes.get(name) ?? 0) + module.renderedLength);
    }
  }
  return { modules, bytes_by_package: largest(bytes), site_share: share(bytes) };
}

/**
 * The package that a module belongs to, also where packages lie in packages.
 *
 * @param {string} id
 * @param {Places} places
 * @returns {string}
 */
export function owner(id, { root, modules }) {
  const path = id.replace(/^\0+/, '').replace(/[?#].*$/s, '');
  const inner = path.lastIndexOf('/node_modules/');
  if (path.startsWith(`${modules}/`) || (inner >= 0 && path.startsWith('/'))) {
    return PACKAGE.exec(path.slice(inner + '/node_modules/'.length))?.[0] ?? BUNDLER;
  }
  return path.startsWith(`${root}/`) ? SITE : BUNDLER;
}

/** @param {Map<string, number>} bytes @returns {Record<string, number>} */
function largest(bytes) {
  const sorted = [...bytes].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const rest = sorted.slice(MAX_PACKAGES).reduce((sum, [, size]) => sum + size, 0);
  return Object.fromEntries([...sorted.slice(0, MAX_PACKAGES), ...(rest ? [[OTHERS, rest]] : [])]);
}

/** @param {Map<string, number>} bytes @returns {number} */
function share(bytes) {
  const site = bytes.get(SITE) ?? 0;
  const all = [...bytes].reduce((sum, [name, size]) => (name === BUNDLER ? sum : sum + size), 0);
  return all ? Math.round((site / all) * 10_000) / 10_000 : 0;
}
