import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOnPath } from './on-path.ts';

/** A server of Java archives that tests talk to, fetched by the tests' set-up. */
export interface MavenJars {
  /** `group:artifact:version`, or `group:artifact:type:version` for another type than jar. What they depend on comes along. */
  readonly artifacts: readonly string[];
  /** They are archives to be unpacked. */
  readonly isPacked?: true;
  /** A part of what is unpacked that is not wanted. */
  readonly without?: string;
  readonly purpose: string;
}

/** The servers that are on Maven Central. */
export const mavenJars = {
  kafka: {
    artifacts: [
      'org.apache.kafka:kafka_2.13:4.3.1',
      'org.apache.kafka:kafka-tools:4.3.1',
      'org.apache.logging.log4j:log4j-slf4j-impl:2.24.3',
    ],
    purpose: 'a Kafka broker and its own consumer',
  },
  elasticsearch: {
    artifacts: ['org.elasticsearch.distribution.integ-test-zip:elasticsearch:zip:8.19.21'],
    isPacked: true,
    purpose: 'an Elasticsearch',
  },
  opensearch: {
    artifacts: ['org.opensearch.distribution.integ-test-zip:opensearch:zip:2.19.6'],
    isPacked: true,
    purpose: 'an OpenSearch',
  },
  opensearch3: {
    artifacts: ['org.opensearch.distribution.integ-test-zip:opensearch:zip:3.6.0'],
    isPacked: true,
    // Its analyser of Thai asks for more of Java than the one has that it runs on.
    without: '*/modules/analysis-common',
    purpose: 'an OpenSearch that needs a newer Java',
  },
} as const satisfies Record<string, MavenJars>;

/** The name of a server in `mavenJars`. */
export type MavenJarsName = keyof typeof mavenJars;

const root = join(import.meta.dirname, '../../.cache/maven');

/** The folder of a server's archives once they are fetched. */
export function mavenFolder(name: MavenJarsName): string {
  // The version is in the path, so that another one is fetched anew.
  return join(root, `${name}-${mavenJars[name].artifacts[0].split(':').at(-1)!}`);
}

/** Why the server cannot be used, as a phrase; undefined if it can. */
export function lackOfMavenJars(name: MavenJarsName): string | undefined {
  if (existsSync(mavenFolder(name))) return undefined;
  const remedy = isOnPath('mvn') ? '`npm run pretest` fetches it' : 'mvn is needed to fetch it';
  return `${name} (${mavenJars[name].artifacts[0]}) is missing: ${remedy}`;
}

/** Fetches those that are missing, if there is a Maven; says what it does. Returns why the others still are missing. */
export function fetchMavenJars(): string[] {
  const names = Object.keys(mavenJars) as MavenJarsName[];
  for (const name of isOnPath('mvn') ? names.filter(lackOfMavenJars) : []) fetch(name);
  return names.map(lackOfMavenJars).filter((lack) => lack !== undefined);
}

function fetch(name: MavenJarsName): void {
  const { artifacts, isPacked, without }: MavenJars = mavenJars[name];
  console.error(`Fetching what the tests need: ${artifacts[0]}`);
  const unfinished = `${mavenFolder(name)}.${process.pid}.tmp`;
  mkdirSync(unfinished, { recursive: true });
  const pom = join(unfinished, 'pom.xml');
  writeFileSync(pom, pomOf(name, artifacts));
  const verb = isPacked ? 'unpack' : 'copy';
  const goal = [
    `dependency:${verb}-dependencies`,
    `-DoutputDirectory=${unfinished}`,
    '-DincludeScope=runtime',
    ...(isPacked ? ['-DexcludeTransitive'] : []),
  ];
  const { status, stdout, error } = spawnSync('mvn', ['-q', '-B', '-f', pom, ...goal], {
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
  });
  if (without !== undefined) for (const path of globSync(join(unfinished, without))) rmSync(path, { recursive: true });
  if (status === 0 && !existsSync(mavenFolder(name))) renameSync(unfinished, mavenFolder(name));
  else rmSync(unfinished, { recursive: true });
  if (status !== 0) console.error(error?.message ?? stdout.trim());
}

function pomOf(name: string, artifacts: readonly string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, id, ...rest] = artifact.split(':');
    const type = rest.length > 1 ? `<type>${rest[0]!}</type>` : '';
    return `<dependency><groupId>${group!}</groupId><artifactId>${id!}</artifactId><version>${rest.at(-1)!}</version>${type}</dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>test</groupId><artifactId>${name}</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies.join('\n')}</dependencies></project>
`;
}
