import { fail, ok, warn, type Finding } from '../check.ts';
import type { Facts } from '../facts.ts';
import type { UnitFacts } from '../systemctl.ts';

const EXIT_CONFIG = '78';
const MANY_RESTARTS = 3;
const NOT_AT_BOOT = new Set(['disabled', 'masked', 'masked-runtime', 'enabled-runtime']);

/** Whether the service is installed, comes up at boot, runs, and is watched over. */
export async function lookAtUnit(facts: Facts): Promise<Finding[]> {
  const unit = await facts.unit();
  const { unitName: name } = facts;
  if (typeof unit === 'string') return [ok(name, `systemd was not asked: ${unit}`)];
  if (unit.LoadState === 'not-found')
    return [
      warn(name, 'it is not installed, so nothing starts journalbridge at boot', 'install the package, or the unit'),
    ];
  if (unit.LoadState === 'masked') return [fail(name, 'it is masked', `systemctl unmask ${name}`)];
  if (unit.LoadState !== 'loaded')
    return [fail(name, `systemd cannot load it (${unit.LoadState})`, `systemd-analyze verify ${name} tells why`)];
  return [
    lookAtActivity(name, unit),
    ...lookAtBoot(name, unit),
    ...lookAtDropIns(name, unit),
    lookAtWatchdog(name, unit),
  ];
}

function lookAtActivity(name: string, unit: UnitFacts): Finding {
  const { ActiveState: state, SubState: sub, Result: result, ExecMainStatus: code, NRestarts: restarts } = unit;
  if (code === EXIT_CONFIG && state !== 'active') {
    const text =
      'it has ended with exit code 78: the config or the state file cannot be used, and it is not started again';
    return fail(name, text, `mend it, journalbridge check, systemctl start ${name}`);
  }
  if (state === 'failed')
    return fail(name, `it has failed (${result}, exit code ${code})`, `journalctl -u ${name} -n 50 tells why`);
  if (state === 'activating' && sub === 'auto-restart')
    return fail(
      name,
      `it ends and is started again and again (exit code ${code})`,
      `journalctl -u ${name} -n 50 tells why`,
    );
  if (state !== 'active') return warn(name, `it does not run (${state})`, `systemctl enable --now ${name}`);
  if (Number(restarts) >= MANY_RESTARTS)
    return warn(name, `it runs, but was restarted ${restarts} times`, `journalctl -u ${name} tells why`);
  return ok(name, 'it runs');
}

function lookAtBoot(name: string, { UnitFileState: state }: UnitFacts): Finding[] {
  if (!NOT_AT_BOOT.has(state)) return state === '' ? [] : [ok(name, `at boot: ${state}`)];
  return [warn(name, `it is ${state}: the next boot does not start it`, `systemctl enable ${name}`)];
}

function lookAtDropIns(name: string, { DropInPaths: paths, NeedDaemonReload: isStale }: UnitFacts): Finding[] {
  return [
    ...(paths === '' ? [] : [ok(name, `drop-ins: ${paths}`)]),
    ...(isStale === 'yes'
      ? [warn(name, 'its files have changed since systemd read them', 'systemctl daemon-reload')]
      : []),
  ];
}

function lookAtWatchdog(name: string, { WatchdogUSec: time }: UnitFacts): Finding {
  if (time !== '' && time !== '0' && time !== 'infinity') return ok(name, `watchdog after ${time}`);
  return warn(name, 'no watchdog: one that hangs stays so', 'WatchdogSec=60 in the unit');
}
