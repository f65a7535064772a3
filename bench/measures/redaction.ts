import { cachedJournal } from '../../test/support/journal-cache.ts';
import { lackOf } from '../../test/support/requirements.ts';
import type { Measure } from '../measure.ts';
import { interleaved } from '../support/rounds.ts';
import { Ship } from '../support/ship.ts';
import { spreadOfRatios } from '../support/statistics.ts';
import { timed, type Usage } from '../support/timed.ts';

/** What people look for: keys of AWS, bearer tokens, passwords, private keys, addresses of mail. */
const SECRET_FILTERS = [
  { pattern: 'AKIA[0-9A-Z]{16}', replacement: '[aws key]' },
  { pattern: '(?i)bearer\\s+[\\w.~+/-]+=*', replacement: 'Bearer [token]' },
  { pattern: '(?i)(password|passwd|pwd|token|api_key)[=:]\\s*\\S+', replacement: '\\1=[redacted]' },
  { pattern: '-----BEGIN [A-Z ]*PRIVATE KEY-----', replacement: '[private key]' },
  { pattern: '[\\w.+-]+@(?:[\\w-]+\\.)+(?:com|org|net|test)\\b', replacement: '[mail]' },
];

/** What redaction costs where it finds nothing, and where every twentieth entry has a secret. */
export const redaction: Measure = {
  name: 'redaction',
  title: 'five secret filters beside none: no entry hit, and 5 % hit',
  lack: () => lackOf('systemd-journal-remote'),
  inReport: { rounds: 3 },
  async run(bench) {
    const journals = {
      clean: await cachedJournal({ count: bench.entries }),
      secret: await cachedJournal({ count: bench.entries, secrets: true }),
    };
    const run = async (journal: keyof typeof journals, reader: object): Promise<Usage> => {
      const ship = new Ship(bench.folder, 'redaction', { reader: { journal_path: journals[journal], ...reader } });
      const usage = await timed(await ship.prepare('--once'));
      await ship.verify(bench.entries);
      await ship.clear();
      return usage;
    };
    const filters = { secret_filters: SECRET_FILTERS };
    const rounds = await interleaved(bench, {
      plain: () => run('clean', {}),
      noHits: () => run('clean', filters),
      plainSecret: () => run('secret', {}),
      hits: () => run('secret', filters),
    });
    const cpu = ({ cpuSeconds }: Usage): number => cpuSeconds;
    return {
      figures: [
        {
          name: 'CPU with filters that hit nothing over none',
          ...spreadOfRatios(
            rounds,
            ({ noHits }) => cpu(noHits),
            ({ plain }) => cpu(plain),
          ),
          unit: '×',
          target: { atMost: 1.15 },
        },
        {
          name: 'CPU with 5 % of the entries hit over none',
          ...spreadOfRatios(
            rounds,
            ({ hits }) => cpu(hits),
            ({ plainSecret }) => cpu(plainSecret),
          ),
          unit: '×',
          target: { atMost: 1.3 },
        },
      ],
      rounds,
    };
  },
};
