"use strict";
// The queue of stored photos. Everything from the server is set as text, never as markup: names come from strangers.

const at = (id) => document.getElementById(id);
let photos = [];
let current = -1;
let next = null;
let shown = []; // object URLs of the pictures on the page, to be let go

async function ask(path, options = {}) {
  const token = sessionStorage.getItem("token");
  const headers = { ...(options.headers || {}), ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(path, { ...options, headers });
  if (answer.status === 401) at("login").hidden = false;
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({ message: answer.statusText }));
    throw Object.assign(new Error(problem.message), { status: answer.status });
  }
  return answer;
}

function complain(error) {
  at("problem").hidden = !error;
  at("problem").textContent = error ? error.message : "";
}

async function load(more = false) {
  const query = new URLSearchParams({ limit: "100", with_image: "true" });
  if (at("filter").value) query.set("review", at("filter").value);
  if (more && next) query.set("after", next);
  try {
    const page = await (await ask(`/v1/results?${query}`)).json();
    photos = more ? photos.concat(page.results) : page.results;
    next = page.next;
    at("login").hidden = true;
    complain(null);
    if (!more) current = photos.length ? 0 : -1;
    draw();
  } catch (error) { complain(error); }
}

function draw() {
  at("queue").replaceChildren(...photos.map((photo, index) => {
    const entry = document.createElement("button");
    const code = document.createElement("small");
    entry.textContent = photo.name;
    code.textContent = photo.review ? `${photo.code} · marked ${photo.review}` : photo.code;
    entry.append(code);
    entry.className = photo.label;
    entry.dataset.id = photo.id;
    entry.setAttribute("aria-current", String(index === current));
    entry.addEventListener("click", () => { current = index; draw(); });
    return entry;
  }));
  at("count").textContent = `${photos.length}${next ? "+" : ""} photos`;
  at("photo").hidden = current < 0;
  at("empty").hidden = current >= 0;
  if (current >= 0) show(photos[current]);
}

// Where on the way from fake to real the model stands; nothing where no face was judged.
function point(photo) {
  const scored = photo.score !== null;
  at("meter").parentElement.hidden = !scored;
  if (!scored) return;
  at("needle").style.left = `${100 * photo.score}%`;
  at("said").textContent = `the model says ${photo.band}: P(real) ${photo.score.toFixed(2)}`;
  at("meter").setAttribute("aria-label", at("said").textContent);
}

function show(photo) {
  const percent = photo.score === null ? "–" : photo.score.toFixed(4);
  at("name").textContent = photo.name;
  at("final").textContent = `${photo.label} · ${photo.reason.replaceAll("_", " ")}`;
  at("final").className = `pill ${photo.label}`;
  point(photo);
  const called = { "-1": "not called", "-2": "failed" };
  const facts = {
    "final": photo.code,
    "model": `${photo.band}, P(real) ${percent}`,
    "reasons": (photo.judgement.reasons || []).join(", "),
    "second opinion": called[photo.confidence] || `confidence ${photo.confidence}, quality ${photo.quality}`,
    "found by": photo.judgement.detector || "–",
    "person": photo.person || "–",
    "received": new Date(photo.received_at * 1000).toISOString().replace("T", " ").slice(0, 19) + " UTC",
    "marked": photo.review || "–",
  };
  at("facts").replaceChildren(...Object.entries(facts).flatMap(([name, value]) => {
    const term = document.createElement("dt");
    const text = document.createElement("dd");
    term.textContent = name;
    text.textContent = value;
    if (value === "real" || value === "fake") text.className = value;
    return [term, text];
  }));
  shown.forEach((url) => URL.revokeObjectURL(url));
  shown = [];
  for (const [id, kind] of [["whole", "photo"], ["crop", "crop"], ["map", "map"]]) picture(at(id), photo, kind);
}

// Pictures are fetched, not linked: a link could not carry the token.
async function picture(image, photo, kind) {
  image.classList.add("missing");
  image.removeAttribute("src");
  try {
    const url = URL.createObjectURL(await (await ask(`/v1/results/${photo.id}/${kind}`)).blob());
    if (photos[current] !== photo) return URL.revokeObjectURL(url);
    shown.push(url);
    image.src = url;
    image.classList.remove("missing");
  } catch (error) { if (error.status !== 404) complain(error); }
}

async function mark(label) {
  if (current < 0) return;
  const index = current;
  const photo = photos[index];
  try {
    const answer = await ask(`/v1/results/${photo.id}/review`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ label }),
    });
    photos[photos.indexOf(photo)] = await answer.json();
    complain(null);
    if (current === index) move(1);
  } catch (error) { complain(error); }
}

function move(step) {
  const wanted = current + step;
  if (wanted >= photos.length && next) { current = wanted; load(true); return; }
  current = Math.max(0, Math.min(photos.length - 1, wanted));
  draw();
  document.querySelector("#queue [aria-current=true]")?.scrollIntoView({ block: "nearest" });
}

const keys = { r: () => mark("real"), f: () => mark("fake"), j: () => move(1), k: () => move(-1),
  ArrowDown: () => move(1), ArrowUp: () => move(-1) };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select")) return;
  const action = keys[event.key];
  if (action) { event.preventDefault(); action(); }
});
at("mark-real").addEventListener("click", () => mark("real"));
at("mark-fake").addEventListener("click", () => mark("fake"));
at("next").addEventListener("click", () => move(1));
at("previous").addEventListener("click", () => move(-1));
at("filter").addEventListener("change", () => load());
at("login").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", at("token").value.trim());
  at("token").value = "";
  load();
});
load();
