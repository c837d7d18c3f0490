// Adds what it is given to a shopping list in a pod, and prints the list: node examples/shopping-list.js bread milk
import {
  buildThing, createSolidDataset, getSolidDataset, getStringNoLocale, getThingAll, saveSolidDatasetAt, setThing,
} from '@inrupt/solid-client';

const list = `${process.env.FOLDER ?? 'http://localhost:3000/alice/playground/'}shopping-list`;
const text = 'https://schema.org/text';

let items = await getSolidDataset(list).catch((error) => {
  if (error.statusCode !== 404) throw error;
  return createSolidDataset();
});
for (const name of process.argv.slice(2)) {
  items = setThing(items, buildThing().addStringNoLocale(text, name).build());
}
items = await saveSolidDatasetAt(list, items);
for (const item of getThingAll(items)) console.log('-', getStringNoLocale(item, text));
