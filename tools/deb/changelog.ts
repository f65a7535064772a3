/** The newest version in a Debian changelog. */
export function changelogVersion(changelog: string): string {
  const [, version] = /^journalbridge \(([^)]+)\)/.exec(changelog) ?? [];
  if (version === undefined) throw new Error('debian/changelog does not begin with "journalbridge (VERSION)"');
  return version;
}

/** The time of its newest entry, in seconds: that of every file in the package. */
export function changelogTime(changelog: string): number {
  const [, date] = /^ -- .*> {2}(.+)$/m.exec(changelog) ?? [];
  const time = Date.parse(date ?? '');
  if (Number.isNaN(time)) throw new Error('debian/changelog: the newest entry has no " -- NAME <MAIL>  DATE"');
  return time / 1000;
}
