import { posix } from 'node:path';

import picomatch from 'picomatch';

import { decline } from './types.mjs';
import { isRecord } from './values.mjs';

/** @typedef {import('./project.mjs').Project} Project */

const MODULES = 'node_modules';
const GLOBS = 200;

/**
 * Tailwind's `content`, as globs that stay inside the project and outside of its packages.
 *
 * @param {Project} project
 * @param {string} file the configuration's
 * @param {unknown} value an array of globs, or `{files, relative}`
 * @param {string} where
 * @returns {string[]} relative to the root, without `./`; a leading `!` negates
 */
export function readContent(project, file, value, where) {
  const { files, relative = false } = isRecord(value) ? only(value, where) : { files: value };
  if (!Array.isArray(files) || files.length > GLOBS) decline(`${where}: not a list of globs`);
  const folder = relative ? posix.dirname(file) : '';
  const globs = files.map((glob) => normalised(project, folder, glob, where));
  const excluded = globs.some((glob) => /^!(\*\*\/)?node_modules(\/|$)/.test(glob));
  const entering = excluded ? undefined : globs.find(entersModules);
  return entering === undefined ? globs.filter((glob) => !glob.startsWith(`!${MODULES}`)) : decline(`${where}: ${entering} enters ${MODULES}`);
}

/** @param {Record<string, unknown>} value @param {string} where */
function only(value, where) {
  const other = Object.keys(value).find((key) => key !== 'files' && key !== 'relative');
  return other === undefined ? value : decline(`${where}.${other} is not known here`);
}

/** @param {Project} project @param {string} folder @param {unknown} glob @param {string} where @returns {string} */
function normalised(project, folder, glob, where) {
  if (typeof glob !== 'string' || glob.length > 500) decline(`${where}: not a plain glob`);
  const negated = glob.startsWith('!');
  const bare = negated ? glob.slice(1) : glob;
  if (/\.\.|[\\\0]|[!@?*+]\(|\{[^}]*[/{]|^~|\[[^\]]*\//.test(bare)) decline(`${where}: ${glob} is not a plain glob`);
  const path = bare.startsWith(`${project.root}/`) ? bare.slice(project.root.length + 1) : posix.join(folder, bare);
  if (path.startsWith('/')) decline(`${where}: ${glob} is outside of the project`);
  if (!negated && path.includes(MODULES)) decline(`${where}: ${glob} enters ${MODULES}`);
  return `${negated ? '!' : ''}${path.replace(/\/$/, '')}`;
}

/** @param {string} glob @returns {boolean} */
function entersModules(glob) {
  const [first, ...rest] = glob.split('/');
  return !glob.startsWith('!') && rest.length > 0 && picomatch(first, { dot: true })(MODULES);
}
