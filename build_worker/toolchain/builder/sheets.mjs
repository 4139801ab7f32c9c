/**
 * Where `@import` of a Tailwind 4 style sheet leads: the job's files, the dependency set, our copy of Tailwind's own.
 */

import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

const TAILWIND = dirname(createRequire(import.meta.url).resolve('tailwindcss/package.json'));
const TAILWIND_OWN = /^tailwindcss(?:\/(?:index|preflight|theme|utilities)(?:\.css)?)?$/;
const PACKAGE = /^(@[^/]+\/[^/]+|[^/@.][^/]*)(?:\/(.+))?$/;
const CONDITIONS = ['style', 'production', 'import', 'default'];

/**
 * @param {string} id as the sheet writes it
 * @param {string} base folder of the importing sheet
 * @param {{root: string, modules: string}} places
 * @returns {{path: string, base: string, content: string}}
 * @throws {Error} it is nowhere, in Vite's own words
 */
export function findSheet(id, base, { root, modules }) {
  const path = candidates(id, base, root, modules).find(isFile);
  if (path === undefined) throw new Error(`Failed to resolve import "${id}" from "${base}"`);
  return { path, base: dirname(path), content: readFileSync(path, 'utf8') };
}

/** @param {string} id @param {string} base @param {string} root @param {string} modules @returns {string[]} */
function candidates(id, base, root, modules) {
  if (TAILWIND_OWN.test(id)) return [join(TAILWIND, `${/\/(\w+)/.exec(id)?.[1] ?? 'index'}.css`)];
  const near = [resolve(base, id), `${resolve(base, id)}.css`];
  if (id.startsWith('/')) return [join(root, id), ...near];
  return id.startsWith('.') ? near : [...near, ...packaged(id, modules)];
}

/** @param {string} id @param {string} modules @returns {string[]} */
function packaged(id, modules) {
  const [, name, inner] = PACKAGE.exec(id) ?? [];
  const folder = join(modules, name ?? '');
  if (name === undefined || !isFile(join(folder, 'package.json'))) return [];
  const { exports, style } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const named = exported(exports, inner) ?? inner ?? style ?? 'index.css';
  return [join(folder, named), `${join(folder, named)}.css`];
}

/**
 * @param {any} exports a manifest's `exports`
 * @param {string | undefined} inner
 * @returns {string | undefined}
 */
function exported(exports, inner) {
  if (exports === null || exports === undefined) return undefined;
  const keyed = typeof exports === 'object' && Object.keys(exports).some((key) => key.startsWith('.'));
  const key = inner === undefined ? '.' : `./${inner}`;
  if (!keyed) return inner === undefined ? chosen(exports) : undefined;
  return chosen(exports[key] ?? exports[`${key}.css`]) ?? patterned(exports, key);
}

/** @param {Record<string, any>} exports @param {string} key @returns {string | undefined} */
function patterned(exports, key) {
  for (const [pattern, target] of Object.entries(exports)) {
    const [before, after] = pattern.split('*');
    if (after !== undefined && key.startsWith(before) && key.endsWith(after)) {
      return chosen(target)?.replaceAll('*', key.slice(before.length, key.length - after.length));
    }
  }
  return undefined;
}

/** @param {any} target @returns {string | undefined} */
function chosen(target) {
  if (typeof target === 'string') return target;
  if (target === null || typeof target !== 'object') return undefined;
  const condition = CONDITIONS.find((name) => Object.hasOwn(target, name));
  return condition && chosen(target[condition]);
}

/** @param {string} path @returns {boolean} */
function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
