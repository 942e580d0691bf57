// Makes the page about the command from the definitions of its verbs; runs none of them.
import type { Argument, Command, Option } from 'commander';
import { kubexrayProgram } from '../../src/commands/program.ts';
import { code, fence, page, table } from './markdown.ts';

/** Returns `cli.md`. */
export function cliPage(): string {
  const program = kubexrayProgram();
  const verbs = program.commands.filter((command) => command.name() !== 'help');
  return page('The command', '`src/commands`', [
    sentence(program.description()),
    'In a clone it is `npm run -s kubexray --`, followed by the verb. `kubexray help VERB` prints what stands here.',
    table(
      ['Verb', 'Does'],
      verbs.map((verb) => [`[${verb.name()}](#kubexray-${verb.name()})`, plain(verb.description())]),
    ),
    '## Exit codes',
    table(['Code', 'Means'], exitCodes),
    'Errors are one line on standard error, which names the file, the flag or the field. Results go to standard output.',
    '## Environment variables',
    'A flag that has an environment variable names it below; the flag wins. These variables have no flag:',
    table(['Variable', 'Is'], variables),
    ...verbs.flatMap(section),
  ]);
}

const exitCodes = [
  ['0', 'Done; for check, test and plan: nothing found.'],
  [
    '1',
    'Something was found: a problem (check), a case that fails (test), a workload that would be acted on, or what --fail-on names (plan).',
  ],
  ['2', 'It could not be done: a wrong call, a file that cannot be read, a cluster or an Xray that does not answer, no compiler.'],
];

const variables = [
  ['`KUBEXRAY_XRAY_TOKEN`', 'The access token for Xray itself, where there is no file with it.'],
  ['`KUBEXRAY_XRAY_PASSWORD`', 'The password of `--xray-user`, where there is no file with it.'],
  ['`KUBEXRAY_WEBHOOK_TOKEN`', 'The token that senders of webhooks present, where there is no file with it.'],
  [
    '`KUBEXRAY_OPA`',
    'Path of the compiler `opa`, which must have the version that is needed; else the one on PATH in that version, else one that is built with Go once.',
  ],
  ['`XDG_CACHE_HOME`', 'Where tools that were built are kept; else `~/.cache`.'],
  ['`KUBECONFIG`', 'How to reach the cluster, where `--kubeconfig` is not given.'],
  ['`NO_COLOR`', 'Not empty: check prints without colours on a terminal too.'],
];

function section(verb: Command): readonly string[] {
  const { registeredArguments } = verb;
  const notes = notesOf(verb);
  return [
    `## kubexray ${verb.name()}`,
    sentence(verb.description()),
    fence('text', `kubexray ${verb.name()} ${verb.usage()}`),
    ...(registeredArguments.length === 0 ? [] : [table(['Argument', 'Is'], registeredArguments.map(argumentRow))]),
    ...(verb.options.length === 0 ? [] : [table(['Flag', 'Is', 'Default', 'Environment'], verb.options.map(optionRow))]),
    ...(notes === '' ? [] : [fence('text', notes)]),
  ];
}

function argumentRow(argument: Argument): readonly string[] {
  const dots = argument.variadic ? '...' : '';
  const name = `${argument.name()}${dots}`;
  return [code(argument.required ? `<${name}>` : `[${name}]`), sentence(argument.description)];
}

function optionRow({ flags, description, argChoices, mandatory, defaultValue, envVar }: Option): readonly string[] {
  const choices = argChoices === undefined ? '' : `: ${argChoices.map(code).join(', ')}`;
  const isRequired = mandatory && defaultValue === undefined ? ' Required.' : '';
  return [
    code(flags),
    `${sentence(`${description}${choices}`)}${isRequired}`,
    defaultValue === undefined ? '' : code(String(defaultValue)),
    envVar === undefined ? '' : code(envVar),
  ];
}

function sentence(text: string): string {
  return plain(`${text.charAt(0).toUpperCase()}${text.slice(1)}.`);
}

/** What stands between backticks is code, in which a star is a star. */
function plain(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('*', '\\*')))
    .join('');
}

/** What a verb adds below its flags. Commander prints it, and gives it in no other way. */
function notesOf(verb: Command): string {
  let printed = '';
  verb.configureOutput({ writeOut: (text) => (printed += text), getOutHelpWidth: () => 100, getOutHasColors: () => false });
  verb.outputHelp();
  return printed.slice(verb.helpInformation().length).trim();
}
