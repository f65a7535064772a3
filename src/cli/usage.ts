/** What `journalbridge --help` shows; the man page is made of it. */
export const USAGE = `Usage:
  journalbridge run CONFIG          ship the journal as CONFIG says, in the foreground (also: journalbridge CONFIG)
  journalbridge run --once CONFIG   read to the journal's end as it is now, deliver, save the state, exit
  journalbridge check CONFIG        check CONFIG and tell every fault; exit code 78 when there is one
      --connect                     also try the connection of every sender; exit code 1 when one has trouble
  journalbridge status CONFIG       show how far every sender is, from the state file; exit code 1 when something is wrong
                                    (a state file may be named in place of CONFIG)
      --json                        the same for machines
      --watch                       again every two seconds, until Ctrl-C
      --max-lag SECONDS             a sender that is later is in trouble, 300 unless told
  journalbridge explain CONFIG      show what CONFIG does with the journal's last entries, and send nothing
      --reader NAME, --sender NAME  only this reader, only this sender
      --lines N                     so many entries, 10 unless told, 10000 at most
      --since TIME, --cursor C      not the last entries, but those from there on
      --stdin                       entries from journalctl -o export
      --json                        one line of JSON for each entry
  journalbridge doctor [CONFIG]     look at all that commonly goes wrong, with the remedy on the same line; without CONFIG at
                                    /etc/journalbridge/journalbridge.json; exit code 1 for a warning, 2 when something fails
      --json                        an array of what was looked at
  journalbridge redrive CONFIG --sender S
                                    send again what the sender's destination has refused for good; S is NAME or
                                    READER.NAME; exit code 1 when anything is left
      --reader NAME                 only this reader
      --dry-run                     only tell what would be sent; --show-payloads: with the first payloads
  journalbridge verify FILE...      check the hash chain of what a file sender wrote, rotated and compressed files too;
                                    exit code 1 with the first line that was changed, removed or inserted
      --key WHERE                   where the key of the chain stands, if it has one: as for decrypt
      --state FILE                  the state file, which knows where the chain ended
  journalbridge decrypt --key WHERE [FILE...]
                                    give back the lines of a sender with "encrypt", from files, rotated and compressed
                                    ones too, or from the standard input; exit code 1 at the first line that was changed,
                                    needs another key or is no envelope
      --key WHERE                   the place of the key, not the key: a file, env:NAME or credential:NAME; several are
                                    tried in turn
      --keep-going                  tell such lines, leave them out and go on
  journalbridge --help | --version
`;

const HEAD = 'Usage:\n';

/** What the usage says of one sub-command; without one, what each of them is for, without their flags. */
export function usageOf(command: string | undefined): string {
  let current = '';
  let isAmongFlags = false;
  const told = USAGE.slice(HEAD.length)
    .split('\n')
    .filter((line) => {
      const [, name] = /^ {2}journalbridge (\S+)/.exec(line) ?? [];
      isAmongFlags = name === undefined && (isAmongFlags || line.startsWith('      --'));
      current = name ?? current;
      return command === undefined ? !isAmongFlags : current === command;
    });
  return `${HEAD}${told.join('\n').trimEnd()}\n`;
}
