import { messageOf } from '../../errors.ts';
import type { SenderContext } from '../sender.ts';
import type { Asker } from './client.ts';
import { Failure } from './failure.ts';
import { bodyOfTemplate } from './mappings.ts';
import type { Naming } from './naming.ts';

interface Found {
  readonly name?: unknown;
  readonly index_template?: { readonly index_patterns?: unknown; readonly _meta?: { readonly managed?: unknown } };
}

const FILTER =
  'index_templates.name,index_templates.index_template.index_patterns,index_templates.index_template._meta';

/**
 * Installs the index template for the names, unless there is one for them already: ours from an earlier start, or the
 * user's own, which is left alone. What is not allowed is told, and entries are sent nevertheless.
 */
export async function installTemplate(
  asker: Asker,
  naming: Naming,
  log: SenderContext['log'],
  signal: AbortSignal,
): Promise<void> {
  if (naming.patterns.length === 0) {
    log.info('no index template is installed, because "index" begins with a field and would mean all indices.');
    return;
  }
  try {
    const other = (await templateFor(naming.example, asker, signal)) ?? (await install(asker, naming, signal));
    if (other === undefined) log.info(`installed the index template "${templateName(naming)}".`);
    else log.debug(`the index template "${other}" is there already and left alone.`);
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === 'gone' || error.kind === 'busy') throw error;
    log.warn(
      `cannot look after the index template "${templateName(naming)}": ${messageOf(error)}. Types of fields may be guessed from the first entry of an index.`,
      'template',
    );
  }
}

/** Returns the name of another template if somebody was faster. */
async function install(asker: Asker, naming: Naming, signal: AbortSignal): Promise<string | undefined> {
  const path = `/_index_template/${encodeURIComponent(templateName(naming))}`;
  try {
    await asker.ask({ method: 'PUT', path, query: { create: 'true' }, json: bodyOfTemplate(naming) }, signal);
    return undefined;
  } catch (error) {
    const other = await templateFor(naming.example, asker, signal);
    if (other === undefined) throw error;
    return other;
  }
}

/** The name that our template has, from what it is meant for. */
function templateName({ patterns }: Naming): string {
  const subject = patterns[0]!
    .replace(/-1\*-\*-\*$/, '')
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `journalbridge-${subject}`;
}

/** The name of a template, other than the server's own ones, that an index of this name would be made from. */
async function templateFor(index: string, asker: Asker, signal: AbortSignal): Promise<string | undefined> {
  const answer = await asker.ask({ method: 'GET', path: '/_index_template', query: { filter_path: FILTER } }, signal);
  const templates = (answer as { index_templates?: Found[] } | undefined)?.index_templates ?? [];
  const found = templates.find(
    ({ index_template }) => index_template?._meta?.managed !== true && isFor(index, index_template?.index_patterns),
  );
  return found === undefined ? legacyTemplateFor(index, asker, signal) : String(found.name);
}

/** The same for templates of the kind that journalpump's users may have; some servers have none any more. */
async function legacyTemplateFor(index: string, asker: Asker, signal: AbortSignal): Promise<string | undefined> {
  const query = { filter_path: '*.index_patterns' };
  const answer = await asker.ask({ method: 'GET', path: '/_template', query }, signal).catch((error: unknown) => {
    if (error instanceof Failure && ['refused', 'denied'].includes(error.kind)) return {};
    throw error;
  });
  const templates = Object.entries((answer ?? {}) as Record<string, { index_patterns?: unknown }>);
  return templates.find(([, { index_patterns }]) => isFor(index, index_patterns))?.[0];
}

/** One for all indices there are is not for ours in particular. */
function isFor(index: string, patterns: unknown): boolean {
  const texts = [patterns].flat().filter((pattern) => typeof pattern === 'string' && !/^\*+$/.test(pattern));
  return texts.some((pattern) => {
    const parts = (pattern as string).split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`).test(index);
  });
}
