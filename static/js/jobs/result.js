// What one analysis gave: what was asked, what happened, its files to save, and its main layer as a map and as a table.
import { saveFile } from '../planner/downloads.js'
import { button, details, el, heading, note, paragraph, trouble } from '../planner/dom.js'
import { table } from '../planner/tables.js'
import { ResultMap } from './result_map.js'
import { figure, title } from './words.js'
import { about, active, statusWords, took } from './list.js'

const FILES = { json: 'Everything, for a program (JSON)', csv: 'Table (CSV)', geojson: 'Main layer (GeoJSON)', geopackage: 'Layers for QGIS (GeoPackage)', geoparquet: 'Main layer (GeoParquet)', geotiff: 'Surface (GeoTIFF)', png: 'Figure (PNG)', html: 'Page to keep (HTML)', pdf: 'Report (PDF)' }
const LARGEST = 12_000_000
const SHOWN = window.matchMedia('(max-width: 40em)').matches ? 5 : 25

const size = (bytes) => (bytes < 1000 ? `${bytes} bytes` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`)

// The largest of `first` come first.
export function propertyTable (rows, caption, first = '') {
  const names = Object.keys(rows[0] ?? {})
  const numeric = (name) => rows.some((row) => typeof row[name] === 'number') && rows.every((row) => row[name] === null || row[name] === undefined || typeof row[name] === 'number')
  const told = names.filter((name) => !/^(longitude|latitude)$/.test(name) && rows.some((row) => row[name] !== null && row[name] !== undefined))
  const by = told.indexOf(first)
  return table({
    caption: `${caption} (–: no figure)`,
    rows,
    csv: false,
    first: SHOWN,
    sorted: by < 0 ? null : { column: by, down: true },
    columns: told.map((name, k) => ({ label: title(name), value: (row) => row[name], show: (row) => figure(row[name]), numeric: numeric(name), head: k === 0 }))
  })
}

// A small reader of CSV as the server writes it: commas, quotes doubled, one header.
export function readCsv (text) {
  const lines = [['']]
  let quoted = false
  for (let k = 0; k < text.length; k += 1) {
    const line = lines.at(-1)
    const letter = text[k]
    if (quoted) {
      if (letter === '"' && text[k + 1] === '"') { line[line.length - 1] += '"'; k += 1 } else if (letter === '"') quoted = false
      else line[line.length - 1] += letter
    } else if (letter === '"') quoted = true
    else if (letter === ',') line.push('')
    else if (letter === '\n') lines.push([''])
    else if (letter !== '\r') line[line.length - 1] += letter
  }
  const [head, ...rest] = lines.filter((line) => line.length > 1 || line[0] !== '')
  const value = (cell) => (cell === '' ? null : /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(cell) ? Number(cell) : cell)
  return rest.map((line) => Object.fromEntries((head ?? []).map((name, k) => [name, value(line[k] ?? '')])))
}

function picture (blob, words) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(el('div', { class: 'cm-table-box jb-figure-box', tabindex: '0', role: 'region', 'aria-label': 'Figure' }, el('img', { class: 'jb-figure', src: reader.result, alt: words }))))
    reader.addEventListener('error', () => reject(reader.error))
    reader.readAsDataURL(blob)
  })
}

export class Shown {
  constructor (box, session, { titles, say, dismissed, around }) {
    Object.assign(this, { box, session, titles, say, dismissed, around })
    this.job = null
  }

  async show (job) {
    const again = this.job?.jobID === job.jobID && this.job.status === job.status
    this.job = job
    if (again && !active(job)) return
    const parts = [el('p', { class: 'jb-status' }, el('span', { class: `govuk-tag jb-tag jb-tag--${job.status}` }, statusWords(job)), ' ', [about(job), took(job)].filter(Boolean).join(' · '))]
    if (job.status === 'failed') parts.push(trouble(job.message))
    else if (active(job)) parts.push(paragraph(`${job.progress} %: ${job.message}.`), note('The result stands here as soon as it is there. You may close the page and come back.'))
    const log = await this.session.get(`jobs/${job.jobID}/log`).catch(() => ({ lines: [] }))
    const record = details('What was asked, and what happened',
      el('dl', { class: 'jb-asked' }, Object.entries(job.inputs ?? {}).filter(([, value]) => value !== null).flatMap(([name, value]) => [el('dt', {}, title(name)), el('dd', {}, figure(value))])),
      el('ol', { class: 'jb-log' }, log.lines.map((line) => el('li', {}, el('time', { datetime: line.at }, new Date(line.at).toLocaleTimeString('en-GB')), ' ', line.says))))
    if (this.job !== job) return
    const open = this.box.querySelector('details[open]') !== null && this.drawn === job.jobID
    record.open = open
    this.drawn = job.jobID
    if (job.status !== 'successful') {
      this.box.replaceChildren(...parts, record)
      return
    }
    const results = await this.session.get(`jobs/${job.jobID}/results`)
    if (this.job !== job) return
    const view = el('div', { class: 'jb-view' }, note('Loading the result.'))
    this.box.replaceChildren(...parts, view, this.#files(job, results), record,
      el('p', {}, button('Delete this result', () => this.dismissed(job.jobID), { kind: 'plain' })))
    try {
      await this.#view(job, results, view)
    } catch (error) {
      view.replaceChildren(trouble(error.message))
    }
  }

  #file (result) { return this.session.file(`jobs/${this.job.jobID}/results/${encodeURIComponent(result.title)}`) }

  #files (job, results) {
    const save = (name, result) => async (event) => {
      const pressed = event.currentTarget
      pressed.setAttribute('aria-busy', 'true')
      try {
        saveFile(`${job.processID}-${job.jobID.slice(0, 8)}.${result.title.split('.').at(-1)}`, await this.#file(result))
        this.say(`${FILES[name] ?? name} was saved.`)
      } catch (error) {
        pressed.closest('.jb-files').append(trouble(error.message))
      } finally {
        pressed.removeAttribute('aria-busy')
      }
    }
    return el('div', { class: 'jb-files' }, heading(3, 's', 'Files'),
      el('ul', { class: 'govuk-list' }, Object.entries(results).map(([name, result]) => el('li', {}, button(FILES[name] ?? name, save(name, result), { kind: 'plain' }), ` ${size(result.length)}`))))
  }

  async #view (job, results, view) {
    const words = this.titles.get(job.processID) ?? job.processID
    const made = []
    if (results.png) made.push(await picture(await this.#file(results.png), `${words}: ${about(job)}. The table below has its figures.`))
    let map = null
    const read = async () => readCsv(await (await this.#file(results.csv)).text())
    if (results.geojson && results.geojson.length <= LARGEST) {
      const layer = JSON.parse(await (await this.#file(results.geojson)).text())
      const rows = layer.features.map((one) => one.properties)
      if (rows.length === 0) made.push(paragraph('There is nothing to map: no feature was found.'))
      else {
        const features = layer.features.filter((one) => one.geometry)
        map = features.length ? new ResultMap(features, words) : null
        // What a table has and the map has not, such as a leader board.
        const listed = results.csv && results.csv.length <= LARGEST / 4 ? await read() : []
        if (listed.length && !Object.keys(rows[0]).every((name) => name in listed[0])) made.push(propertyTable(listed, `${words}: the table`))
        made.push(map?.element, propertyTable(rows, `${words}: the main layer`, map?.coloured))
      }
    } else if (results.csv && results.csv.length <= LARGEST) {
      const rows = await read()
      made.push(rows.length ? propertyTable(rows, words) : paragraph('The table is empty.'))
    } else made.push(note('The result is too large to be shown here. Save a file, or take one of the formats that are shown: geojson, csv.'))
    if (this.job !== job) return
    view.replaceChildren(...made.filter(Boolean))
    map?.start()
    if (map) map.among(await this.around())
  }
}
