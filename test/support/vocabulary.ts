/** The machine that all generated entries come from. */
export const machineId = '5d0f3c1e9a4b4c7d8e6f70819a2b3c4d';

/** The id of the n-th generated boot. */
export function bootIds(n: number): string {
  return `aaaaaaaa11114111811111111111${n.toString(16).padStart(4, '0')}`;
}

/** What runs on the generated machine; `weight` is also the number of processes, `%` in a message is a number. */
export const units = [
  {
    unit: 'nginx.service',
    identifier: 'nginx',
    command: 'nginx',
    uid: 33,
    weight: 40,
    messages: [
      '10.0.12.7 - - "GET /api/v1/items/% HTTP/1.1" 200 % "-" "Mozilla/5.0 (X11; Linux x86_64)"',
      '10.0.31.9 - - "POST /login HTTP/2.0" 302 % "https://example.test/?q=%"',
    ],
  },
  {
    unit: 'app@1.service',
    identifier: 'app',
    command: 'node',
    uid: 1000,
    weight: 20,
    messages: [
      '{"level":"info","msg":"request done","route":"/orders/%","status":200,"ms":%,"shard":%}',
      'user % placed order % for % items in % ms',
    ],
  },
  {
    unit: 'app@2.service',
    identifier: 'app',
    command: 'node',
    uid: 1000,
    weight: 10,
    messages: ['worker %: job % finished in % ms, % left'],
  },
  {
    unit: 'postgresql@15-main.service',
    identifier: 'postgres',
    command: 'postgres',
    uid: 110,
    weight: 10,
    messages: ['LOG:  duration: %.% ms  statement: SELECT * FROM t WHERE id = % LIMIT %'],
  },
  {
    unit: 'ssh.service',
    identifier: 'sshd',
    command: 'sshd',
    uid: 0,
    weight: 8,
    messages: [
      'Failed password for invalid user admin% from 203.0.113.7 port % ssh2',
      'Accepted publickey for deploy from 198.51.100.4 port % ssh2: ED25519',
    ],
  },
  {
    unit: 'cron.service',
    identifier: 'CRON',
    command: 'cron',
    uid: 0,
    weight: 5,
    messages: ['(root) CMD (run-parts /etc/cron.hourly # %)'],
  },
  {
    unit: 'init.scope',
    identifier: 'systemd',
    command: 'systemd',
    uid: 0,
    weight: 5,
    messages: ['Started session-%.scope - Session % of User 1000.'],
  },
  {
    unit: 'docker.service',
    identifier: 'dockerd',
    command: 'dockerd',
    uid: 0,
    weight: 2,
    messages: ['level=warning msg="container % exit %"'],
  },
] as const;

/** One to pick from for each entry, most of them informational. */
export const priorities = [
  ...Array.from({ length: 70 }, () => '6'),
  ...Array.from({ length: 10 }, () => '5'),
  ...Array.from({ length: 8 }, () => '4'),
  ...Array.from({ length: 5 }, () => '3'),
  ...['7', '7', '7', '7', '2', '1', '0'],
];

/** Made-up secrets as they turn up in real logs; `%` is a number. */
export const secrets = [
  'connecting with password=hunter2-% to db',
  'Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI%.c2ln',
  'paid with card 4111 1111 1111 1111 ref %',
  'aws_access_key_id=AKIAIOSFODNN7EXAMPLE loaded in % ms',
  'mail sent to user%@example.test',
  'api_key: sk_test_%abcdefghijklmnop',
  'peer 192.0.2.17 token=ghp_%AbCdEfGhIjKlMnOpQrStUvWxYz',
];

/** Words beyond ASCII, of two, three and four bytes and with joiners. */
export const words = ['größe', 'naïve', '日本語のログ', 'Ωμέγα', '🚀', 'emoji-👩‍💻', 'Кириллица'];
