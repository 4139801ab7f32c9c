/** The folders of a job: its files laid out before, everything gone after. */

import fs from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * @param {string} root an empty folder
 * @param {import('./frames.mjs').Files} files
 * @param {string} modules what `node_modules` shall be
 * @throws {Error} a path leaves the folder, or two paths collide
 */
export function layOut(root, files, modules) {
  const made = new Set([root]);
  for (const [path, content] of files) {
    const target = join(root, path);
    if (!target.startsWith(`${root}/`)) throw new Error(`the path ${path} leaves the site`);
    const folder = dirname(target);
    if (!made.has(folder)) fs.mkdirSync(folder, { recursive: true });
    made.add(folder);
    fs.writeFileSync(target, content, { flag: 'wx' });
  }
  fs.symlinkSync(modules, join(root, 'node_modules'));
}

/**
 * Empty folders, and see that they are. The site's folder stays: it is the working directory.
 *
 * @param {string[]} folders
 * @param {string} root
 * @throws {Error} something is still there
 */
export function clear(folders, root) {
  for (const folder of [root, ...folders]) {
    for (const name of fs.readdirSync(folder)) {
      const path = join(folder, name);
      if (path !== root) fs.rmSync(path, { recursive: true, force: true });
    }
  }
  if (!isClear(folders, root)) throw new Error('files of a job could not be removed');
}

/**
 * @param {string[]} folders
 * @param {string} root
 * @returns {boolean}
 */
export function isClear(folders, root) {
  return [root, ...folders].every((folder) => fs.readdirSync(folder).every((name) => join(folder, name) === root));
}
