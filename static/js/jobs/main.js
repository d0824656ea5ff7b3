// The page for analyses: a token is typed in, an analysis is asked for, watched, and its result looked at.
import { details, el, refill, trouble } from '../planner/dom.js'
import { active, drawList, statusWords } from './list.js'
import { Shown } from './result.js'
import { BadInput, field } from './schema_form.js'
import { Session } from './session.js'
import { Where } from './where.js'

const FIRST = ['hotspots', 'gistar', 'kde', 'near-repeat', 'backtest', 'alignment', 'mergers']
const PLACED = ['force', 'area']
const MAIN = ['offence', 'first_month', 'last_month', 'by', 'units', 'targets', 'before_first_month', 'before_last_month']
const USUAL = ['json', 'csv', 'geojson']
const EVERY_MS = 1_000
const PAGE = 20

const root = document.querySelector('[data-jobs]')
const part = (name) => document.querySelector(`[data-part="${name}"]`)
const session = new Session()
const said = (words) => { part('said').textContent = words }

let titles = new Map()
let jobs = []
let next = null
let chosen = null
let shown
let timer

function fail (error, box = part('notice')) {
  box.replaceChildren(trouble(error.message))
  if (error.status === 401) leave(error.message)
}

function leave (words = '') {
  session.end()
  clearTimeout(timer)
  jobs = []
  chosen = null
  for (const name of ['live', 'who']) part(name).hidden = true
  part('shown').hidden = true
  part('shown-body').replaceChildren()
  part('ask').replaceChildren()
  part('list').replaceChildren()
  part('entry').hidden = false
  part('notice').replaceChildren(...(words ? [trouble(words)] : []))
  document.getElementById('token').value = ''
  root.dataset.ready = 'entry'
}

async function enter () {
  part('notice').replaceChildren()
  let offered, places
  try {
    [offered, places] = await Promise.all([session.get('processes'), session.get('areas')])
  } catch (error) {
    leave(error.status === 401 ? 'This token is not good: it is mistyped, has expired or was revoked.' : error.status === 403 ? 'This token may not run analyses: it needs the scope jobs:run or planning.' : error.message)
    return
  }
  titles = new Map(offered.processes.map((one) => [one.id, one.title]))
  part('entry').hidden = true
  part('live').hidden = false
  part('who').hidden = false
  part('who-words').textContent = places.team ? `Team: ${places.areas.map((one) => one.name).join(', ')}` : `${places.forces.length} ${places.forces.length === 1 ? 'force' : 'forces'}`
  part('attribution').textContent = [...new Set(places.sets.map((one) => one.attribution).filter(Boolean))].join(' ')
  const where = drawForm(offered.processes, places)
  shown = new Shown(part('shown-body'), session, { titles, say: said, dismissed: dismiss, around: () => where.around() })
  await look()
  root.dataset.ready = 'true'
}

function drawForm (processes, places) {
  const order = [...processes].sort((a, b) => (FIRST.indexOf(a.id) + 1 || 99) - (FIRST.indexOf(b.id) + 1 || 99) || a.title.localeCompare(b.title))
  const choose = el('select', { class: 'govuk-select jb-wide', id: 'process', 'aria-describedby': 'process-hint', on: { change: () => describe() } },
    order.map((one) => el('option', { value: one.id }, one.title)))
  const hint = el('div', { class: 'govuk-hint jb-hint', id: 'process-hint' })
  const where = new Where(session, places)
  const inputs = el('div', {})
  const files = el('div', {})
  const wrong = el('div', {})
  const go = el('button', { type: 'submit', class: 'govuk-button' }, 'Run it')
  let fields = []
  let described = null

  async function describe () {
    const one = order.find((each) => each.id === choose.value)
    hint.textContent = one.description
    try {
      described = await session.get(`processes/${encodeURIComponent(one.id)}`)
    } catch (error) {
      fail(error)
      return
    }
    if (described.id !== choose.value) return
    const made = Object.entries(described.inputs).filter(([name]) => !PLACED.includes(name)).map(([name, input]) => ({ name, needed: input.minOccurs > 0, ...field(name, name === 'offence' ? offences(input, places) : input) }))
    fields = made
    const main = made.filter((each) => each.needed || MAIN.includes(each.name))
    const rest = made.filter((each) => !main.includes(each))
    inputs.replaceChildren(...main.map((each) => each.element), rest.length ? details(`${rest.length} more inputs`, ...rest.map((each) => each.element)) : '')
    files.replaceChildren(details('Files to write', el('fieldset', { class: 'govuk-fieldset' },
      el('legend', { class: 'govuk-visually-hidden' }, 'Files to write'),
      el('div', { class: 'govuk-checkboxes govuk-checkboxes--small' }, Object.entries(described.outputs).map(([name, output]) => el('div', { class: 'govuk-checkboxes__item' },
        el('input', { type: 'checkbox', class: 'govuk-checkboxes__input', id: `out-${name}`, name: 'output', value: name, checked: USUAL.includes(name) || name === 'png' }),
        el('label', { class: 'govuk-label govuk-checkboxes__label', for: `out-${name}` }, `${name}: ${output.description}`)))))))
    where.suit(described.inputs)
    part('ask').dataset.process = described.id
  }

  refill(part('ask'),
    el('div', { class: 'govuk-form-group' }, el('label', { class: 'govuk-label govuk-label--s', for: 'process' }, 'Analysis'), choose, hint),
    where.element, inputs, files, wrong, go)
  where.start()
  describe()

  part('ask').onsubmit = async (event) => {
    event.preventDefault()
    wrong.replaceChildren()
    for (const one of part('ask').querySelectorAll('[aria-invalid]')) one.removeAttribute('aria-invalid')
    if (go.getAttribute('aria-disabled') === 'true') return
    try {
      const asked = where.read(described.inputs)
      for (const each of fields) {
        const value = each.read()
        if (value !== undefined) asked[each.name] = value
      }
      const wanted = [...files.querySelectorAll('input:checked')].map((one) => one.value)
      go.setAttribute('aria-disabled', 'true')
      const job = await session.run(described.id, { inputs: asked, outputs: Object.fromEntries(wanted.map((name) => [name, {}])) })
      said(`${titles.get(job.processID)} is accepted.`)
      jobs = [job, ...jobs]
      await show(job.jobID, { focus: false })
      watch()
    } catch (error) {
      const name = error instanceof BadInput ? error.field : /^inputs\.(\w+):/.exec(error.message)?.[1]
      const control = name && (document.getElementById(`input-${name}`) ?? document.getElementById(name))
      wrong.replaceChildren(trouble(error.message))
      if (control) {
        control.setAttribute('aria-invalid', 'true')
        const hidden = control.closest('details:not([open])')
        if (hidden) hidden.open = true
        control.focus()
      }
      if (error.status === 401) leave(error.message)
    } finally {
      go.removeAttribute('aria-disabled')
    }
  }
  return where
}

// The offence types that there are, in place of any text.
const offences = (input, places) => ({ ...input, description: 'All of them where none is chosen.', schema: { enum: places.offence_types, default: null } })

async function look () {
  clearTimeout(timer)
  try {
    const page = await session.get(`jobs?limit=${Math.max(PAGE, Math.min(jobs.length, 1000))}`)
    const before = new Map(jobs.map((job) => [job.jobID, job.status]))
    jobs = page.jobs.filter((job) => job.inputs)
    next = page.links.find((one) => one.rel === 'next')
    for (const job of jobs) {
      if (before.has(job.jobID) && before.get(job.jobID) !== job.status && !active(job)) said(`${titles.get(job.processID) ?? job.processID}: ${statusWords(job)}.`)
    }
  } catch (error) {
    fail(error)
    if (!session.open) return
  }
  draw()
  watch()
}

// Asked again while something is under way, and rarely otherwise, as another tab may have asked for something.
function watch () {
  clearTimeout(timer)
  draw()
  if (session.open) timer = setTimeout(look, document.hidden ? 20 * EVERY_MS : jobs.some(active) ? EVERY_MS : 15 * EVERY_MS)
}

function draw () {
  drawList(part('list'), jobs, { titles, chosen, show, dismiss, more: next && earlier })
  const job = jobs.find((one) => one.jobID === chosen)
  part('shown').hidden = !job
  if (!job) return
  part('shown-title').textContent = titles.get(job.processID) ?? job.processID
  shown.show(job).catch((error) => part('shown-body').replaceChildren(trouble(error.message)))
}

async function earlier () {
  try {
    const page = await session.get(`jobs?limit=${PAGE}&after=${encodeURIComponent(jobs.at(-1).jobID)}`)
    jobs = [...jobs, ...page.jobs.filter((job) => job.inputs)]
    next = page.links.find((one) => one.rel === 'next')
    draw()
  } catch (error) {
    fail(error)
  }
}

async function show (id, { focus = true } = {}) {
  chosen = id
  draw()
  if (focus) part('shown-title').focus()
}

async function dismiss (id) {
  try {
    await session.dismiss(id)
    said('It was dismissed.')
    await look()
  } catch (error) {
    fail(error)
  }
}

part('leave').addEventListener('click', () => { leave(); document.getElementById('token').focus() })
part('entry').addEventListener('submit', (event) => {
  event.preventDefault()
  const token = document.getElementById('token').value
  if (!token.trim()) return
  session.begin(token)
  enter()
})
document.addEventListener('visibilitychange', () => { if (!document.hidden && session.open && !part('live').hidden) look() })

if (session.open) enter()
else leave()
