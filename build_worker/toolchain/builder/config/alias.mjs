import { text } from './keys.mjs';
import { decline } from './types.mjs';
import { compiled, isRecord, Pattern } from './values.mjs';

/** @typedef {import('./project.mjs').Project} Project */
/** @typedef {import('./types.mjs').Alias} Alias */

/**
 * @param {Project} project
 * @param {unknown} value `resolve.alias`, in either of its forms
 * @param {string} where
 * @returns {Alias[]}
 */
export function readAlias(project, value, where) {
  if (Array.isArray(value)) return value.map((item, index) => entry(project, item, `${where}[${index}]`));
  if (!isRecord(value)) decline(`${where}: not an object that can be read as data`);
  return Object.entries(value).map(([find, to]) => ({ find, replacement: replacement(project, to, `${where}.${find}`) }));
}

/** @param {Project} project @param {unknown} item @param {string} where @returns {Alias} */
function entry(project, item, where) {
  if (!isRecord(item) || Object.keys(item).some((key) => key !== 'find' && key !== 'replacement')) {
    decline(`${where}: not find and replacement alone`);
  }
  const find = item.find instanceof Pattern ? anchored(item.find, where) : text(item.find, where);
  return { find, replacement: replacement(project, item.replacement, where) };
}

/** A pattern meets every import, however long. @param {Pattern} find @param {string} where */
function anchored(find, where) {
  return find.source.startsWith('^') ? compiled(find, where, 1) : decline(`${where}: a pattern that starts anywhere`);
}

/**
 * @param {Project} project
 * @param {unknown} value
 * @param {string} where
 * @returns {string} Vite takes `/src` for a path below the root, and so it is written here
 */
function replacement(project, value, where) {
  const to = text(value, where);
  if (/[\\\0?#]/.test(to)) decline(`${where}: not a plain path`);
  if (/^\.{0,2}$|^\.{1,2}\//.test(to)) decline(`${where}: relative to every importer`);
  if (!to.startsWith('/')) return to.split('/').includes('..') ? decline(`${where}: leaves its package`) : to;
  const outer = project.root.slice(0, project.root.indexOf('/', 1));
  const isAbsolute = to === project.root || to.startsWith(`${outer}/`);
  const path = project.inside(isAbsolute ? to : `.${to}`, where);
  return path.includes('/node_modules') ? decline(`${where}: into node_modules`) : path;
}
