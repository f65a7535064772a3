import type { Daemon } from '../support/daemon.ts';
import type { Fault, OrderedFault } from '../support/gulp/faults.ts';
import { GulpManager } from '../support/gulp/manager.ts';
import { freePorts } from '../support/ports.ts';
import type { Destination } from './destination.ts';
import { isUnwelcome, laneOf, LANES, numberIn } from './entries.ts';
import { Tally } from './tally.ts';

const USER = { id: 'bridge', password: 'Bridge-Pass1' } as const;
const LANE = LANES - 1;
const READY_MS = 60_000;
const USUAL_DELAY_MS = [20, 100] as const;
const SLOW_DELAY_MS = [3000, 6000] as const;

/** The stand-in of Gulp, with a task that brings everything and one that brings a lane. */
export async function openGulpDestination(name: string): Promise<Destination> {
  const all = new Tally({ name: `${name}: all`, refuses: isUnwelcome, isOrdered: false });
  const lane = new Tally({ name: `${name}: a lane`, selects: isInLane, refuses: isUnwelcome, isOrdered: false });
  const operations = { all, lane };
  const manager = await startManager(operations);
  const [port] = (await freePorts(1)) as [number];
  const trouble = new Trouble(manager);
  return {
    name,
    config: configFor(manager, port),
    begin: (daemon) => startTasks(manager, daemon),
    failures: trouble.kinds,
    heal: () => trouble.heal(),
    tallies: () => Promise.resolve([all, lane]),
    ownerOf: ({ GULP_OPERATION_ID: id }) => operations[id as keyof typeof operations].options.name,
    [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose](),
  };
}

/** What can be wrong with a manager. */
class Trouble {
  readonly kinds: Destination['failures'] = {
    killed: async () => {
      this.isDown = true;
      await this.manager.goDown();
    },
    hangs: () => this.breaks('*', 'hang'),
    slow: () => {
      this.manager.ingest.settings.counterDelayMs = SLOW_DELAY_MS;
      return Promise.resolve();
    },
    refuses: () => this.breaks('/ingest_raw', 'queue full'),
    'resets after the request': () => this.breaks('*', 'reset after'),
  };
  private readonly manager: GulpManager;
  private isDown = false;
  private fault: OrderedFault | undefined;

  constructor(manager: GulpManager) {
    this.manager = manager;
  }

  async heal(): Promise<void> {
    this.fault?.[Symbol.dispose]();
    this.fault = undefined;
    this.manager.ingest.settings.counterDelayMs = USUAL_DELAY_MS;
    if (this.isDown) await this.manager.comeBack();
    this.isDown = false;
  }

  private breaks(path: string, fault: Fault): Promise<void> {
    this.fault = this.manager.breaks(path, fault);
    return Promise.resolve();
  }
}

function isInLane(number: number): boolean {
  return laneOf(number) === LANE;
}

async function startManager(operations: Readonly<Record<string, Tally>>): Promise<GulpManager> {
  const manager = await GulpManager.start({
    counterDelayMs: USUAL_DELAY_MS,
    keepsDocuments: false,
    keepsRequests: 50,
    refuses: (document) => isUnwelcome(numberIn(document['event.original']) ?? 0),
    stored: (document) => {
      operations[document['gulp.operation_id']]!.take(JSON.stringify(document, withoutBigints));
    },
  });
  for (const operation of Object.keys(operations)) manager.addOperation(operation);
  const { id, ...user } = USER;
  manager.addUser(id, { ...user, permission: ['admin'], operations: Object.keys(operations) });
  return manager;
}

function withoutBigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function configFor(manager: GulpManager, port: number): object {
  return {
    output_type: 'gulp',
    url_server: manager.url,
    user_id: USER.id,
    password: USER.password,
    bridge_url: 'http://127.0.0.1',
    bridge_port: port,
    verify_timeout: 20,
  };
}

async function startTasks(manager: GulpManager, daemon: Daemon): Promise<void> {
  const bridge = await daemon.waitFor(
    async () => {
      const [found] = manager.listBridges();
      return found !== undefined && (await manager.getBridgeStatus(found.id)) === 'ready' && found.id;
    },
    'a bridge that is ready',
    READY_MS,
  );
  const start = (operation: string, parameters: object): Promise<string> =>
    manager.createStartIngestion(bridge, operation, {
      custom_parameters: { initial_position: 'head', ...parameters },
    });
  await start('all', {});
  await start('lane', { matches: [`LANE=${LANE}`] });
}
