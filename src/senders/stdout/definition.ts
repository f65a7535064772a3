import { object } from '../../config/dialect.ts';
import type { SenderDefinition } from '../sender-definition.ts';

const options = object(
  {},
  {
    description:
      'Writes entries to standard output. What `run --once` has to say in the end then goes to standard error.',
  },
);

export const stdoutSender: SenderDefinition<typeof options> = {
  type: 'stdout',
  stateType: 'StdoutSender',
  summary:
    'Writes entries to standard output, one line each, for a pipe or a container; acknowledges them once the system has taken them.',
  options,
  defaultSendInterval: 0,
  takesStandardOutput: true,
  async create() {
    const { createStdoutSender } = await import('./stdout-sender.ts');
    return createStdoutSender();
  },
};
