import { spawn } from 'node:child_process';
import { cp, mkdtempDisposable, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { exitOf, leashed } from '../support/child.ts';
import { ROOT } from './pages.ts';
import type { Outcome } from './sandbox.ts';

const COPIED = [
  ...['src', 'tools', 'bench', 'docs', 'debian', 'test'],
  ...['package.json', 'tsconfig.json', 'journalbridge.schema.json', 'journalbridge.example.json'],
  ...['.prettierrc.json', '.prettierignore'],
];
const SHARED = ['node_modules', '.cache'];

/** A copy of the sources, for commands that write into them. */
export class Checkout implements AsyncDisposable {
  readonly path: string;
  readonly #remove: () => Promise<void>;

  private constructor(path: string, remove: () => Promise<void>) {
    this.path = path;
    this.#remove = remove;
  }

  static async make(): Promise<Checkout> {
    const folder = await mkdtempDisposable(join(tmpdir(), 'checkout-'));
    for (const name of COPIED) await cp(join(ROOT, name), join(folder.path, name), { recursive: true });
    for (const name of SHARED) await symlink(join(ROOT, name), join(folder.path, name));
    return new Checkout(folder.path, () => folder.remove());
  }

  /** Runs a command in it to its end. */
  async run(command: string): Promise<Outcome> {
    const path = [join(ROOT, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const [first, ...args] = leashed('sh', '-c', command);
    const child = spawn(first, args, {
      cwd: this.path,
      env: { ...env, PATH: path },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [{ code }, ...said] = await Promise.all([exitOf(child), text(child.stdout), text(child.stderr)]);
    return { code, said: said.join('') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remove();
  }
}
