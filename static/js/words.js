// What scripts say, in the page's language. The English text is the key; a language's table is a file of the release, made
// from the same catalogue as its pages, and read once before anything is said. What a table lacks stays English.
export const language = (document.documentElement.lang || 'en').slice(0, 2)

// A page whose scripts say much more than others have names the table of that in `data-words` of its script's element.
const tables = [language, ...[...document.querySelectorAll('script[data-words]')].map((script) => `${language}-${script.dataset.words}`)]
const table = language === 'en' ? {} : Object.assign({}, ...await Promise.all(tables.map(read)))
const rules = new Intl.PluralRules(language)
const FORMS = ['zero', 'one', 'two', 'few', 'many', 'other']

async function read (name) {
  try {
    const answer = await fetch(new URL(`../words/${name}.json`, import.meta.url))
    return answer.ok ? await answer.json() : {}
  } catch {
    return {}
  }
}

function filled (text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => name in values ? String(values[name]) : whole)
}

// say('The map shows {place}.', { place })
export function say (text, values = {}) {
  const found = table[text]
  return filled(typeof found === 'string' ? found : text, values)
}

// sayMany('{n} incident', '{n} incidents', 3): the number decides the form, and is {n} as it is written here.
export function sayMany (one, many, n, values = {}) {
  const found = table[one]
  const said = Array.isArray(found) ? found[FORMS.indexOf(rules.select(n))] : n === 1 ? one : many
  return filled(said, { n: number(n), ...values })
}

export const locale = language === 'en' ? 'en-GB' : [language, 'en-GB']
const figures = new Intl.NumberFormat(locale)
export const number = (n) => figures.format(n)
