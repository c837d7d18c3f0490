/**
 * The form in which an app is let in: looks into folders and chooses them without loading the page anew, and shows only
 * the questions that matter for what is chosen. Without this, the server does the same.
 */
const form = document.getElementById('choice');
const tree = form?.querySelector('[data-folders]');

/** Only what belongs to the level and the duration that are chosen. */
function showWhatMatters() {
  const level = form.elements.level?.value;
  for (const part of form.querySelectorAll('[data-levels]')) {
    part.hidden = !part.dataset.levels.split(' ').includes(level);
  }
  for (const part of form.querySelectorAll('[data-not-duration]')) {
    part.hidden = part.dataset.notDuration === form.elements.duration.value;
  }
  const sure = form.elements.sure?.closest('label');
  if (sure) sure.hidden = level !== 'full';
  const folders = document.getElementById('folders');
  if (folders !== null && level === 'folders') folders.open = true;
}

function rows() {
  return [...form.querySelectorAll('fieldset.folder')];
}

/** A row like the last one, empty, with the names of the next. */
function addRow() {
  const all = rows();
  const copy = all.at(-1).cloneNode(true);
  const [before, after] = [all.length - 1, all.length];
  for (const element of copy.querySelectorAll('[name], [id], [for], [aria-describedby]')) {
    for (const attribute of ['name', 'id', 'for', 'aria-describedby']) {
      const value = element.getAttribute(attribute);
      if (value !== null) element.setAttribute(attribute, value.replace(new RegExp(`-${before}\\b`), `-${after}`));
    }
  }
  for (const text of copy.querySelectorAll('legend, label[for]')) text.textContent = `Folder ${after + 1}`;
  const input = copy.querySelector('input[type="text"]');
  input.value = '';
  all.at(-1).after(copy);
  return input;
}

function choose(url) {
  const inputs = rows().map((row) => row.querySelector('input[type="text"]'));
  const input = inputs.find(({ value }) => value === url) ?? inputs.find(({ value }) => value === '') ?? addRow();
  input.value = url;
  for (const level of form.elements.level) level.checked = level.value === 'folders';
  showWhatMatters();
  input.focus();
}

function button(name, url, word) {
  const made = document.createElement('button');
  Object.assign(made, { className: 'small', name, value: url, formNoValidate: true });
  const where = document.createElement('span');
  Object.assign(where, { className: 'unseen', textContent: ` ${url}` });
  made.append(word, where);
  return made;
}

function listOf(folders) {
  const list = document.createElement('ul');
  for (const { url, name } of folders) {
    const item = document.createElement('li');
    const words = document.createElement('span');
    words.textContent = name;
    item.append(words, ' ', button('choose', url, 'Choose'), ' ', button('open', url, 'Open'));
    list.append(item);
  }
  return list;
}

/** A remark, with what is wrong or missing. */
function remark(text) {
  const made = document.createElement('small');
  Object.assign(made, { className: 'soft', textContent: text });
  made.setAttribute('role', 'status');
  return made;
}

async function look(opener) {
  const url = opener.value;
  const item = opener.closest('li');
  opener.disabled = true;
  const address = `${tree.dataset.folders}?of=${encodeURIComponent(url)}`;
  const answer = await fetch(address, { headers: { accept: 'application/json' } });
  if (!answer.ok) throw new Error(`The folder cannot be looked into (${answer.status}).`);
  const { folders, more } = await answer.json();
  const opened = document.createElement('input');
  Object.assign(opened, { type: 'hidden', name: 'opened', value: url });
  opener.remove();
  item.append(opened, folders.length > 0 ? listOf(folders) : remark('no folders inside'));
  if (more) item.append(remark('There are more: type their address.'));
  item.querySelector('button')?.focus();
}

form?.addEventListener('click', (event) => {
  const pressed = event.target.closest('button');
  if (pressed?.name === 'choose') choose(pressed.value);
  else if (pressed?.name === 'open') {
    look(pressed).catch((error) => {
      pressed.disabled = false;
      pressed.after(remark(error.message));
    });
  } else if (pressed?.name === 'decision' && pressed.value === 'more' && !pressed.classList.contains('unseen')) addRow().focus();
  else return;
  event.preventDefault();
});
form?.addEventListener('change', showWhatMatters);
if (form !== null) showWhatMatters();
