import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { proseOf, readPages, ROOT, type Page } from './pages.ts';

for (const page of readPages()) {
  test(`each link of ${page.path} leads somewhere`, () => {
    const dead = linksOf(page).filter((link) => !leadsSomewhere(link, page));

    assert.deepEqual(dead, []);
  });
}

test('pages that Prometheus rules name have these sections', () => {
  const rules = readFileSync(join(ROOT, 'docs/prometheus-alerts.yml'), 'utf8');
  const links = [...rules.matchAll(/runbook: (\S+)/g)].map(([, link]) => link!);

  assert.ok(links.length > 3);
  for (const link of links) assert.ok(leadsSomewhere(link, { path: 'README.md', text: '' }), link);
});

test('the index of decisions has each of them once', () => {
  const index = readFileSync(join(ROOT, 'docs/decisions/README.md'), 'utf8');
  const listed = [...index.matchAll(/^\| \[\d{4}\]\(([^)]+)\)/gm)].map(([, file]) => file);

  const there = readdirSync(join(ROOT, 'docs/decisions')).filter((name) => /^\d{4}-/.test(name));
  assert.deepEqual(listed, there.sort());
});

/** The targets within the checkout, of links in the text and of those that are defined at its end. */
function linksOf(page: Page): string[] {
  const prose = proseOf(page).replaceAll(/`[^`]*`/g, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)].map(
    ([, inline, defined]) => inline ?? defined!,
  );
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

function leadsSomewhere(link: string, { path, text }: Page): boolean {
  const [file = '', section] = link.split('#');
  const target = file === '' ? join(ROOT, path) : join(ROOT, dirname(path), file);
  if (!existsSync(target)) return false;
  if (section === undefined) return true;
  return sectionsOf(file === '' ? text : readFileSync(target, 'utf8')).has(section);
}

/** The anchors that GitHub makes of headings. */
function sectionsOf(text: string): Set<string> {
  const headings = proseOf({ path: '', text }).matchAll(/^#+ (.+)$/gm);
  return new Set([...headings].map(([, heading]) => anchorOf(heading!)));
}

function anchorOf(heading: string): string {
  const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
  return words.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
}
