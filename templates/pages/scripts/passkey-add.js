/** Making a passkey: shows the form where the browser can, and has it make one when the form is sent. */
import './simplewebauthn.js';
import { questionOf, wordsFor } from './passkey.js';

const { browserSupportsWebAuthn, startRegistration } = globalThis.SimpleWebAuthnBrowser;
const form = document.getElementById('passkey-add');
const trouble = document.getElementById('passkey-trouble');

async function add() {
  const answer = await startRegistration({ optionsJSON: await questionOf(form) });
  form.elements.credential.value = JSON.stringify(answer);
  form.submit();
}

if (form !== null && browserSupportsWebAuthn()) {
  form.hidden = false;
  document.getElementById('passkey-none').hidden = true;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    trouble.hidden = true;
    add().catch((error) => {
      trouble.textContent = wordsFor(error);
      trouble.hidden = false;
    });
  });
}
