// Two to four areas side by side. What is chosen stands in the page's address; numbers come from one small file for each area.
import { language, number, say, sayMany } from './words.js'

const MOST = 4
const FOLDER = /^(forces\/[\w-]+(\/neighbourhoods\/[\w-]+)?|areas\/[\w-]+\/[\w-]+)$/
const SVG = 'http://www.w3.org/2000/svg'
const MARKS = ['M-5-5h10v10h-10z', 'M0-6.5l6.5 6.5l-6.5 6.5l-6.5-6.5z', 'M0-6l6 11h-12z', 'M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0z']

const form = document.getElementById('compare-form')
const forceBox = document.getElementById('compare-force')
const areaBox = document.getElementById('compare-area')
const status = document.getElementById('compare-status')
const result = document.getElementById('compare-result')
const { root, home } = form.dataset

const oneDecimal = new Intl.NumberFormat(language === 'en' ? 'en-GB' : [language, 'en-GB'], { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const monthName = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : [language, 'en-GB'], { month: 'long', year: 'numeric', timeZone: 'UTC' })
const rateText = (rate) => rate < 10 ? oneDecimal.format(rate) : number(Math.round(rate))
// The files have types in English, and a browser may not know the language's months.
const names = form.dataset.names ? JSON.parse(form.dataset.names) : null
const month = (text) => names ? `${names.months[Number(text.slice(5)) - 1]} ${text.slice(0, 4)}` : monthName.format(new Date(`${text}-01T00:00:00Z`))

let chosen = []
let type = 'All'
const files = new Map()

function el (name, attributes = {}, ...content) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...content.flat().filter((one) => one !== null && one !== undefined && one !== false))
  return made
}

function svg (name, attributes = {}, ...content) {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...content)
  return made
}

function read (address) {
  if (!files.has(address)) {
    const asked = fetch(`${root}${address}`).then((answer) => {
      if (!answer.ok) throw new Error(String(answer.status))
      return answer.json()
    })
    // A file that could not be had is asked for again the next time.
    asked.catch(() => files.delete(address))
    files.set(address, asked)
  }
  return files.get(address)
}

function fromAddress () {
  const given = new URLSearchParams(location.search)
  chosen = [...new Set(given.getAll('area'))].filter((folder) => FOLDER.test(folder)).slice(0, MOST)
  type = given.get('type') ?? 'All'
}

function toAddress () {
  const out = new URLSearchParams()
  for (const folder of chosen) out.append('area', folder)
  if (type !== 'All') out.set('type', type)
  const text = out.toString().replaceAll('%2F', '/')
  history.replaceState(null, '', text ? `?${text}` : location.pathname)
  document.documentElement.classList.toggle('cm-comparing', chosen.length > 0)
}

const TYPES = [
  ['neighbourhood', () => say('Neighbourhoods')], ['csp', () => say('Community safety partnerships')],
  ['lad', () => say('Local authority districts')], ['bcu', () => say('Basic command units')], ['county', () => say('Counties')],
  ['ctyua', () => say('Counties and unitary authorities')], ['pfa', () => say('Police force areas')], ['force', () => say('Police forces')]
]

async function fillAreas () {
  const address = forceBox.value
  try {
    const { areas } = await read(address)
    if (forceBox.value !== address) return
    areaBox.replaceChildren(...TYPES.map(([kind, name]) => {
      const some = areas.filter((one) => one.type === kind)
      return some.length ? el('optgroup', { label: name() }, some.map((one) => el('option', { value: one.folder }, one.name))) : null
    }).filter(Boolean))
  } catch {
    areaBox.replaceChildren()
    tell(say('The list of areas could not be read. Try again later.'))
  }
}

function tell (words) {
  status.textContent = words
}

const typeName = (name) => name === 'All' ? say('All types') : names?.types[name] ?? name
const of = (area, name) => area.types.find((one) => one.name === name)

function amount (total) {
  if (total.no_data >= total.months) return el('span', { class: 'cm-absent' }, say('no data'))
  if (total.not_shown) return total.incidents ? say('at least {n}', { n: number(total.incidents) }) : el('span', { class: 'cm-absent' }, say('not shown'))
  if (total.no_data) return say('{n} in {months} of 12 months', { n: number(total.incidents), months: total.months - total.no_data })
  return number(total.incidents)
}

const VERDICTS = {
  more: ['more', () => say('more than the year before')],
  fewer: ['less', () => say('fewer than the year before')],
  no_clear_change: ['same', () => say('no clear change')],
  too_few: ['unknown', () => say('too few to say')],
  cannot_compare: ['unknown', () => say('cannot compare with the year before')]
}

function cell (one) {
  if (!one) return [el('span', { class: 'cm-absent' }, say('none in this release'))]
  const [sign, words] = VERDICTS[one.verdict] ?? VERDICTS.cannot_compare
  return [
    el('strong', {}, amount(one.now)),
    one.rate === null
      ? el('span', { class: 'cm-head-note' }, say('no rate'))
      : el('span', { class: 'cm-head-note' }, say('rate {rate} ({low} to {high})', { rate: rateText(one.rate), low: rateText(one.low), high: rateText(one.high) })),
    el('span', { class: `cm-head-note cm-change cm-change--${sign}` }, words())
  ]
}

function table (areas) {
  const names = [...new Set(areas.flatMap((area) => area.types.map((one) => one.name)))]
  const most = (name) => Math.max(...areas.map((area) => of(area, name)?.now.incidents ?? 0))
  names.sort((a, b) => (b === 'All') - (a === 'All') || most(b) - most(a) || a.localeCompare(b, 'en-GB'))
  const head = el('tr', { class: 'govuk-table__row', role: 'row' }, el('th', { scope: 'col', role: 'columnheader', class: 'govuk-table__header' }, say('Type')),
    areas.map((area) => el('th', { scope: 'col', role: 'columnheader', class: 'govuk-table__header' }, area.name)))
  const rows = names.map((name) => el('tr', { class: 'govuk-table__row', role: 'row' },
    el('th', { scope: 'row', role: 'rowheader', class: 'govuk-table__header' }, typeName(name),
      areas.some((area) => of(area, name)?.base === 'households') && el('span', { class: 'cm-head-note' }, say('rate for every 1,000 households'))),
    areas.map((area) => el('td', { class: 'govuk-table__cell', role: 'cell', 'data-label': area.name }, cell(of(area, name))))))
  return el('div', { class: 'cm-table-box', tabindex: '0', role: 'region', 'aria-label': say('Areas side by side') },
    el('table', { class: 'govuk-table cm-table cm-side-by-side', role: 'table' },
      el('caption', { class: 'govuk-table__caption govuk-table__caption--s' }, say('Recorded incidents in the latest 12 months, and the rate for every 1,000 people')),
      el('thead', { class: 'govuk-table__head', role: 'rowgroup' }, head), el('tbody', { class: 'govuk-table__body', role: 'rowgroup' }, rows)))
}

// Dots and intervals of one type: the same scale for all, a shape for each area.
function intervals (areas) {
  const known = areas.map((area, i) => ({ area, i, one: of(area, type) })).filter(({ one }) => one && one.rate !== null)
  if (known.length < 2) return el('p', { class: 'govuk-body' }, say('Fewer than two of these areas have a rate, so there is nothing to draw.'))
  const [width, step, left, right] = [340, 42, 8, 14]
  const height = known.length * step + 30
  const top = Math.max(...known.map(({ one }) => one.high))
  const power = 10 ** Math.floor(Math.log10(top || 1))
  const end = [1, 2, 4, 5, 10].map((n) => n * power).find((n) => n >= top) ?? top
  const x = (rate) => left + (width - left - right) * rate / end
  const drawn = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', focusable: 'false', 'aria-labelledby': 'compare-dots-t compare-dots-d' },
    Object.assign(svg('title', { id: 'compare-dots-t' }), { textContent: say('Rates of {type} and their intervals', { type: typeName(type) }) }),
    Object.assign(svg('desc', { id: 'compare-dots-d' }), { textContent: known.map(({ area, one }) => say('{name}: {rate}, between {low} and {high}.', { name: area.name, rate: rateText(one.rate), low: rateText(one.low), high: rateText(one.high) })).join(' ') }))
  for (let i = 0; i <= 4; i++) {
    const at = end * i / 4
    drawn.append(svg('path', { class: i ? 'cm-axis' : 'cm-base', d: `M${x(at).toFixed(1)} 4V${height - 26}` }),
      Object.assign(svg('text', { x: x(at).toFixed(1), y: height - 8, 'text-anchor': 'middle', 'font-size': 13 }), { textContent: at < 10 && at % 1 ? oneDecimal.format(at) : number(at) }))
  }
  known.forEach(({ area, i, one }, k) => {
    const y = k * step + 30
    drawn.append(
      Object.assign(svg('text', { class: 'cm-peer cm-peer--own', x: left, y: y - 13, 'font-size': 13 }), { textContent: area.name.length > 44 ? `${area.name.slice(0, 43)}…` : area.name }),
      svg('g', { class: `cm-peer cm-series-${i}` }, svg('path', { class: 'cm-peer-range', d: `M${x(one.low).toFixed(1)} ${y}H${x(one.high).toFixed(1)}` }),
        svg('path', { class: 'cm-peer-dot', d: MARKS[i], transform: `translate(${x(one.rate).toFixed(1)} ${y})` })))
  })
  return el('div', { class: 'cm-chart cm-chart--dots' }, drawn)
}

// One small chart for each area. Rates where all have people, so that a large area can be set beside a small one.
function multiples (areas) {
  const shown = areas.map((area, i) => ({ area, i, one: of(area, type) })).filter(({ one }) => one)
  const perHead = shown.every(({ area }) => area.people > 0) && new Set(shown.map(({ one }) => one.base)).size === 1 && shown[0]?.one.base === 'people'
  const value = (n, area) => n === null ? null : perHead ? 1000 * n / area.people : n
  const top = Math.max(...shown.flatMap(({ area, one }) => one.series.map((n) => value(n, area) ?? 0))) || 1
  const unit = perHead ? say('incidents a month for every 1,000 people') : say('incidents a month')
  return el('div', { class: 'cm-multiples' }, shown.map(({ area, i, one }) => chart(area, i, one, { value, top, unit })))
}

function chart (area, i, one, { value, top, unit }) {
  const [width, height, base] = [240, 110, 92]
  const step = width / one.series.length
  const known = one.series.map((n, m) => [m, value(n, area)]).filter(([, n]) => n !== null)
  const high = known.reduce((a, b) => b[1] > a[1] ? b : a, known[0] ?? [0, 0])
  const last = known[known.length - 1]
  const gaps = one.series.length - known.length
  const words = known.length
    ? say('{name}: highest in {high} ({most}), latest {latest} ({last}), {unit}.', { name: area.name, high: month(area.months[high[0]]), most: rateText(high[1]), latest: month(area.months[last[0]]), last: rateText(last[1]), unit })
    : say('{name}: no month has a number that is shown.', { name: area.name })
  const said = gaps ? `${words} ${sayMany('{n} month has no number.', '{n} months have no number.', gaps)}` : words
  const drawn = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', focusable: 'false', 'aria-label': said },
    svg('path', { class: 'cm-axis', d: `M0 12H${width}` }), svg('path', { class: 'cm-base', d: `M0 ${base}H${width}` }))
  one.series.forEach((n, m) => {
    const v = value(n, area)
    const at = (m * step + step * 0.1).toFixed(1)
    if (v === null) drawn.append(svg('rect', { class: 'cm-multiple-gap', x: at, y: 12, width: (step * 0.8).toFixed(1), height: base - 12 }))
    else drawn.append(svg('rect', { class: m >= one.series.length - 12 ? 'cm-bar' : 'cm-bar cm-bar--before', x: at, y: (base - (base - 12) * v / top).toFixed(1), width: (step * 0.8).toFixed(1), height: ((base - 12) * v / top).toFixed(1) }))
  })
  drawn.append(Object.assign(svg('text', { x: 0, y: 9, 'font-size': 11 }), { textContent: rateText(top) }),
    Object.assign(svg('text', { x: 0, y: 107, 'font-size': 11 }), { textContent: month(area.months[0]) }),
    Object.assign(svg('text', { x: width, y: 107, 'font-size': 11, 'text-anchor': 'end' }), { textContent: month(area.months[area.months.length - 1]) }))
  return el('figure', { class: 'cm-chart cm-multiple' }, el('figcaption', {}, area.name), drawn,
    el('p', { class: 'cm-note' }, said.replace(`${area.name}: `, '').replace(/^./, (first) => first.toUpperCase())))
}

function chosenList (areas) {
  return el('ul', { class: 'cm-chosen', 'aria-label': say('Chosen areas') }, areas.map((area) => {
    const remove = el('button', { type: 'button', class: 'cm-show cm-remove' }, say('Remove'), ' ', el('span', { class: 'govuk-visually-hidden' }, area.name))
    remove.addEventListener('click', async () => {
      chosen = chosen.filter((folder) => folder !== area.folder)
      toAddress()
      await show(say('{name} is no longer compared.', { name: area.name }))
      // The button is gone: focus goes to what comes next, not to the top of the page.
      ;(result.querySelector('.cm-remove') ?? areaBox).focus()
    })
    const facts = [area.people === null ? say('people not known') : sayMany('{n} person', '{n} people', area.people), say('12 months to {month}', { month: month(area.period.to) })]
    return el('li', {}, el('a', { class: 'govuk-link', href: `${pages(area)}${area.folder}/index.html` }, area.name), el('small', {}, facts.join(', ')), remove)
  }))
}

// Pages in another language than English exist for some forces only; English ones always do.
const pages = (area) => form.dataset.spoken && !form.dataset.spoken.split(' ').includes(area.force) ? root : home

function typeBox (areas) {
  const names = [...new Set(areas.flatMap((area) => area.types.map((one) => one.name)))].sort((a, b) => (b === 'All') - (a === 'All') || a.localeCompare(b, 'en-GB'))
  const box = el('select', { class: 'govuk-select', id: 'compare-type' }, names.map((name) => el('option', { value: name }, typeName(name))))
  if (!names.includes(type)) type = 'All'
  box.value = type
  box.addEventListener('change', () => {
    type = box.value
    toAddress()
    charts.replaceChildren(intervals(areas), multiples(areas))
  })
  const charts = el('div', {}, intervals(areas), multiples(areas))
  return el('section', { class: 'cm-section' }, el('h2', { class: 'govuk-heading-m' }, say('One type of incident')),
    el('div', { class: 'govuk-form-group' }, el('label', { class: 'govuk-label', for: 'compare-type' }, say('Type')), box), charts)
}

async function show (words = '') {
  const asked = chosen.join()
  const answers = await Promise.allSettled(chosen.map((folder) => read(`data/${folder}/compare.json`)))
  if (asked !== chosen.join()) return
  const areas = answers.filter((one) => one.status === 'fulfilled').map((one) => one.value)
  const lost = answers.length - areas.length
  const said = [words]
  if (lost) said.push(sayMany('{n} area could not be read: this release may not have it.', '{n} areas could not be read: this release may not have them.', lost))
  if (areas.length < 2) said.push(areas.length ? say('Add one more area to compare it with.') : say('Choose areas to compare.'))
  tell(said.filter(Boolean).join(' '))
  form.querySelector('button').disabled = chosen.length >= MOST
  result.replaceChildren(...[areas.length && chosenList(areas), areas.length && table(areas), areas.length > 1 && typeBox(areas)].filter(Boolean))
  result.dataset.ready = String(areas.length)
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  const folder = areaBox.value
  if (!folder) return
  if (chosen.includes(folder)) return tell(say('This area is chosen already.'))
  if (chosen.length >= MOST) return tell(say('Four areas are the most. Remove one first.'))
  chosen.push(folder)
  toAddress()
  show(say('{name} is added.', { name: areaBox.selectedOptions[0].textContent }))
})
forceBox.addEventListener('change', fillAreas)
window.addEventListener('popstate', () => { fromAddress(); show() })

form.hidden = false
fromAddress()
await Promise.all([fillAreas(), show()])
