/**
 * Logging in with a passkey: shows the button where the browser can, and offers passkeys in the field for the e-mail
 * address as well. What the browser answers goes into the form, which the server takes like any other.
 */
import './simplewebauthn.js';
import { questionOf, wordsFor } from './passkey.js';

const {
  browserSupportsWebAuthn, browserSupportsWebAuthnAutofill, startAuthentication,
} = globalThis.SimpleWebAuthnBrowser;
const form = document.getElementById('passkey-login');
const trouble = document.getElementById('passkey-trouble');

async function logIn(useBrowserAutofill) {
  const answer = await startAuthentication({ optionsJSON: await questionOf(form), useBrowserAutofill });
  form.elements.credential.value = JSON.stringify(answer);
  const remember = document.querySelector('form:not(#passkey-login) input[name="remember"]');
  form.elements.remember.value = remember?.checked ? 'on' : '';
  form.submit();
}

if (form !== null && browserSupportsWebAuthn()) {
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    trouble.hidden = true;
    logIn(false).catch((error) => {
      trouble.textContent = wordsFor(error);
      trouble.hidden = false;
    });
  });
  // In the field: nobody asked for it, so nobody hears when it comes to nothing. The button ends it.
  if (await browserSupportsWebAuthnAutofill()) logIn(true).catch(() => undefined);
}
