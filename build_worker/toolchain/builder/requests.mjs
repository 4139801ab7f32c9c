/**
 * Requests by which a project asks for files that are not its own, where the native bundler would look for them before
 * any hook could refuse: globs in scripts, and `tsconfig.json`.
 */

import { dirname, posix } from 'node:path';

import { Visitor, parseSync } from 'rolldown/utils';

import { OutsideFile } from './guard.mjs';

const GLOB = /\bglob(?:Eager)?\b/;
const STRING_OR_COMMENT = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const STRING_OR_LAST_COMMA = /"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g;
const MAGIC = /[{}()[\]]/;

/**
 * Refuses `import.meta.glob` patterns that leave the site, which would otherwise walk the whole machine.
 *
 * @param {string} root
 * @returns {import('vite').Plugin}
 */
export function globPlugin(root) {
  return {
    name: 'webgen-reward:globs',
    enforce: 'pre',
    transform: {
      order: 'pre',
      filter: { code: GLOB, id: { include: new RegExp(/\.[cm]?[jt]sx?(?:$|\?)/), exclude: /\/node_modules\// } },
      handler(code, id) {
        const file = id.replace(/\?.*$/s, '');
        for (const pattern of globs(file, code)) if (leaves(pattern, file, root)) throw new OutsideFile(pattern);
        return null;
      },
    },
  };
}

/**
 * @param {string} file
 * @param {string} code
 * @returns {string[]} every string in the arguments of `import.meta.glob`
 */
function globs(file, code) {
  const { program, errors } = parseSync(file, code);
  /** @type {string[]} */
  const found = [];
  const calls = new Visitor({
    CallExpression(/** @type {any} */ node) {
      const { callee } = node;
      if (callee.type === 'MemberExpression' && callee.object.type === 'MetaProperty') strings(node.arguments, found);
    },
  });
  if (errors.length === 0) calls.visit(program);
  return found;
}

/** @param {unknown} node @param {string[]} found */
function strings(node, found) {
  if (node === null || typeof node !== 'object') return;
  const { type, value } = /** @type {any} */ (node);
  if (type === 'Literal' && typeof value === 'string') found.push(value);
  if (type === 'TemplateElement') found.push(value.cooked ?? value.raw);
  for (const part of Object.values(node)) strings(part, found);
}

/** @param {string} pattern @param {string} file @param {string} root @returns {boolean} */
function leaves(pattern, file, root) {
  const glob = pattern.replace(/^!/, '');
  if (!glob.includes('..')) return false;
  if (MAGIC.test(glob) || !/^[./]/.test(glob)) return true;
  const path = glob.startsWith('/') ? posix.join(root, glob) : posix.join(dirname(file), glob);
  return path !== root && !path.startsWith(`${root}/`);
}

/**
 * @param {ReadonlyMap<string, string>} texts the job's text files
 * @throws {OutsideFile} a `tsconfig` that names a file outside the site
 */
export function checkTypescript(texts) {
  for (const [path, text] of texts) {
    const names = /(?:^|\/)tsconfig[^/]*\.json$/.test(path) ? named(text) : [];
    for (const name of names) if (name.startsWith('/') || climbs(path, name)) throw new OutsideFile(name);
  }
}

/** @param {string} path @param {string} name @returns {boolean} */
function climbs(path, name) {
  return posix.join(name.startsWith('.') ? dirname(path) : '.', name).startsWith('..');
}

/** @param {string} text @returns {string[]} what `extends` and `references` name; nothing where the text is no JSON */
function named(text) {
  const plain = text.replaceAll(STRING_OR_COMMENT, keepStrings).replaceAll(STRING_OR_LAST_COMMA, keepStrings);
  try {
    const config = JSON.parse(plain.replace(/^\uFEFF/, ''));
    const references = [config?.references].flat().map((reference) => reference?.path);
    return [config?.extends, ...references].flat().filter((name) => typeof name === 'string');
  } catch {
    return [];
  }
}

/** @param {string} match @returns {string} */
function keepStrings(match) {
  return match.startsWith('"') ? match : ' ';
}
