// Copies GOV.UK Frontend, Leaflet and our own files to where the Python package expects them, and lists their hashes.
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const out = join(here, '..', 'src', 'crimemap', 'products', 'web')
const modules = join(here, 'node_modules')
const govuk = join(modules, 'govuk-frontend', 'dist', 'govuk')
const leaflet = join(modules, 'leaflet', 'dist')
const FONTS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",Arial,sans-serif'

function version (name) {
  return JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version
}

function write (name, content) {
  const path = join(out, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

function copy (from, name) {
  mkdirSync(dirname(join(out, name)), { recursive: true })
  cpSync(from, join(out, name), { recursive: true })
}

// GDS Transport and the crest are for GOV.UK alone: the font is taken out, and rules that show the crest have no image.
function withoutGovernmentMarks (css) {
  const changed = css
    .replace(/\/\*! Copyright \(c\) 2011 by Margaret Calvert[^*]*\*\//g, '')
    .replace(/@font-face\{[^}]*GDS Transport[^}]*\}/g, '')
    .replaceAll('GDS Transport,arial,sans-serif', FONTS)
    .replace(/url\(\/assets\/images\/govuk-crest\.svg\)/g, 'none')
    .replace(/\/\*# sourceMappingURL=.*?\*\//g, '')
  if (/GDS Transport|\/assets\//.test(changed)) throw new Error('govuk-frontend.min.css has changed: look at build.mjs')
  return changed
}

const withoutMap = (js) => js.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n')

rmSync(out, { recursive: true, force: true })
write('govuk/govuk-frontend.min.css', withoutGovernmentMarks(readFileSync(join(govuk, 'govuk-frontend.min.css'), 'utf8')))
write('govuk/govuk-frontend.min.js', withoutMap(readFileSync(join(govuk, 'govuk-frontend.min.js'), 'utf8')))
write('leaflet/leaflet.js', withoutMap(readFileSync(join(leaflet, 'leaflet.js'), 'utf8')))
copy(join(leaflet, 'leaflet.css'), 'leaflet/leaflet.css')
copy(join(leaflet, 'images'), 'leaflet/images')
copy(join(modules, 'leaflet', 'LICENSE'), 'leaflet/LICENSE')
for (const folder of ['css', 'js', 'images', 'licences']) copy(join(here, folder), folder)

// What every page is drawn with, in one file: each file more is a journey more before anything is seen.
const every = ['govuk/govuk-frontend.min.css', 'css/site.css', 'css/compare.css', 'css/areas.css']
write('css/pages.css', every.map((name) => readFileSync(join(out, name), 'utf8')).join('\n'))

const files = {}
for (const entry of readdirSync(out, { recursive: true })) {
  const path = join(out, entry)
  if (!statSync(path).isFile()) continue
  const content = readFileSync(path)
  files[relative(out, path).split(sep).join('/')] = {
    size: content.length,
    sha256: createHash('sha256').update(content).digest('hex')
  }
}
const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)))
write('assets.json', JSON.stringify({
  packages: { 'govuk-frontend': version('govuk-frontend'), leaflet: version('leaflet') },
  files: sorted
}, null, 1) + '\n')
console.log(`${Object.keys(sorted).length} files in ${relative(join(here, '..'), out)}`)
