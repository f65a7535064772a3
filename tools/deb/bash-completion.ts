import { FLAGS } from '../../src/cli/flags.ts';

/** Completion for bash, of the tables that the command line is read with. */
export function bashCompletion(): string {
  const commands = Object.entries(FLAGS) as [string, Readonly<Record<string, { readonly type: string }>>][];
  const cases = commands.map(([name, flags]) => {
    const words = Object.keys(flags).map((flag) => `--${flag}`);
    return `  ${name}) flags='${words.join(' ')}' ;;`;
  });
  const taking = commands.flatMap(([, flags]) => Object.keys(flags).filter((flag) => flags[flag]!.type === 'string'));
  return [
    '# bash completion for journalbridge; made from src/cli, do not edit',
    '_journalbridge() {',
    '  local cur prev flags=',
    '  cur=${COMP_WORDS[COMP_CWORD]}',
    '  prev=${COMP_WORDS[COMP_CWORD - 1]}',
    '  COMPREPLY=()',
    '  if ((COMP_CWORD == 1)) && [[ $cur != */* ]]; then',
    `    mapfile -t COMPREPLY < <(compgen -W '${[...Object.keys(FLAGS), '--help', '--version'].join(' ')}' -- "$cur")`,
    '    ((${#COMPREPLY[@]})) && return',
    '  fi',
    '  case ${COMP_WORDS[1]} in',
    ...cases,
    '  esac',
    '  case $prev in',
    `  ${[...new Set(taking)].map((flag) => `--${flag}`).join(' | ')})`,
    '    [[ $prev == --key || $prev == --state ]] && compopt -o default 2>/dev/null',
    '    return ;;',
    '  esac',
    '  if [[ $cur == -* ]]; then',
    '    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$cur")',
    '  else',
    '    compopt -o default 2>/dev/null',
    '    mapfile -t COMPREPLY < <(compgen -f -- "$cur")',
    '  fi',
    '}',
    'complete -o filenames -F _journalbridge journalbridge',
    '',
  ].join('\n');
}
