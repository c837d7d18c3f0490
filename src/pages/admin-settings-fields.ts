import type { Setting } from './admin-answers.ts';
import { sizeOf } from './size.ts';

/** A field of a form: one of `choices`, or what is typed. */
export interface SettingField {
  readonly name: string;
  readonly label?: string;
  readonly legend?: string;
  readonly hint?: string;
  readonly type?: string;
  readonly plain?: boolean;
  readonly required: boolean;
  readonly autocomplete?: string;
  readonly choices?: readonly { readonly value: string; readonly label: string; readonly about: string }[];
  readonly value: string;
  /** The value as people read it. */
  readonly shown: string;
  readonly fixed: boolean;
}

export interface SettingsPart {
  readonly form: string;
  readonly title: string;
  readonly about?: string;
  readonly fields: readonly SettingField[];
}

type Wording = Omit<SettingField, 'value' | 'shown' | 'fixed' | 'required'> & { readonly required?: boolean };

/** The settings of a node in the words of people, by the parts of the page. `host`: the node's, for examples. */
export function settingsParts(settings: Readonly<Record<string, Setting>>, baseUrl: string): SettingsPart[] {
  return wordings(new URL(baseUrl)).map(({ fields, ...part }) => ({
    ...part,
    fields: fields.filter(({ name }) => Object.hasOwn(settings, name))
      .map((field) => fieldOf(field, settings[field.name]!)),
  })).filter(({ fields }) => fields.length > 0);
}

function fieldOf(wording: Wording, { value, set, fixed }: Setting): SettingField {
  const text = value === undefined ? '' : sizes.has(wording.name) && typeof value === 'number' && value > 0
    ? sizeOf(value) : String(value);
  const chosen = wording.choices?.find((choice) => choice.value === text)?.label;
  const shown = chosen ?? (text !== '' ? text : set === true ? 'set' : 'not set');
  return { required: wording.choices !== undefined, ...wording, value: text, shown, fixed };
}

const sizes = new Set(['quotaBytes']);

type Parts = readonly (Omit<SettingsPart, 'fields'> & { readonly fields: readonly Wording[] })[];

function wordings({ protocol, host, href }: URL): Parts {
  return [
    { form: 'sign-up', title: 'Who may make an account', fields: [
      { name: 'signUp', legend: 'An account here is made', choices: [
        { value: 'invite', label: 'With an invite', about: 'You make invites, and send their links.' },
        { value: 'open', label: 'By everybody', about: 'Whoever finds this server can make an account.' },
        { value: 'closed', label: 'By administrators only', about: 'On the command line of the server.' },
      ] },
    ] },
    { form: 'mail', title: 'Mail',
      about: 'The server mails links to confirm addresses and to set new passwords, and tells people when something '
        + 'happened to their account. Without a mail server, such links are in the log, for you to pass on.',
      fields: [
        { name: 'mailUrl', label: 'Mail server', plain: true, required: false,
          hint: 'With name, password and port: smtps://name:password@mail.example:465, or smtp:// and 587. Special '
            + 'characters of a password are written as in addresses: %40 for @. It is never shown again.' },
        { name: 'mailFrom', label: 'Mails are from', plain: true, required: false,
          hint: `Like Pods <pods@${host.replace(/:\d+$/, '')}>` },
      ] },
    { form: 'addresses', title: 'Addresses of pods',
      about: 'Addresses stay: this cannot be changed once there is a pod.',
      fields: [{ name: 'podAddresses', legend: 'The pod of Alice is at', choices: [
        { value: 'path', label: `${href}alice/`,
          about: 'All pods at one host. Works everywhere: choose it when unsure.' },
        { value: 'subdomain', label: `${protocol}//alice.${host}/`,
          about: 'Each pod at a host of its own, so that what is in one cannot harm another in a browser. Needs a DNS '
            + 'entry and a certificate for all names below the host.' },
        { value: 'root', label: href, about: 'A single pod, which takes the whole server. For one person.' },
      ] }] },
    { form: 'limits', title: 'Limits', fields: [
      { name: 'quotaBytes', label: 'A pod may hold', plain: true, required: false,
        hint: 'Like 500 MB or 10 GB; 0 for no limit. A pod can have a limit of its own.' },
      { name: 'maxPodsPerAccount', label: 'Pods of one person', plain: true, required: false, hint: 'At most.' },
    ] },
    { form: 'words', title: 'What visitors see', fields: [
      { name: 'message', label: 'Message on the front page', required: false },
      { name: 'termsUrl', label: 'Address of your terms', type: 'url', plain: true, required: false },
      { name: 'privacyUrl', label: 'Address of your privacy policy', type: 'url', plain: true, required: false },
    ] },
  ];
}
