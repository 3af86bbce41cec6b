// A mask that is painted over a picture: what is white in it is painted again.

/// Steps that can be undone.
const DEPTH = 30;

/// A mask of the given size, drawn on `canvas`, which lies over the picture.
export class Mask {
  constructor(canvas, width, height) {
    Object.assign(this, { canvas, tool: "brush", size: 34, past: [], future: [], keys: false });
    const side = 448 / Math.max(width, height);
    canvas.width = Math.round(width * side);
    canvas.height = Math.round(height * side);
    this.layer = document.createElement("canvas");
    this.layer.width = canvas.width;
    this.layer.height = canvas.height;
    this.ink = this.layer.getContext("2d", { willReadFrequently: true });
    this.view = canvas.getContext("2d");
    this.hatch = this.view.createPattern(hatchTile(), "repeat");
    this.at = [canvas.width / 2, canvas.height / 2];
    this.draw();
  }

  get whole() { return [0, 0, this.layer.width, this.layer.height]; }
  get isEmpty() {
    return !this.ink.getImageData(...this.whole).data.some((value, i) => i % 4 === 3 && value);
  }

  keep() {
    this.past.push(this.ink.getImageData(...this.whole));
    if (this.past.length > DEPTH) this.past.shift();
    this.future = [];
  }
  undo() { this.swap(this.past, this.future); }
  redo() { this.swap(this.future, this.past); }
  swap(from, to) {
    if (!from.length) return;
    to.push(this.ink.getImageData(...this.whole));
    this.ink.putImageData(from.pop(), 0, 0);
    this.draw();
  }

  clear() {
    this.keep();
    this.ink.clearRect(...this.whole);
    this.draw();
  }
  invert() {
    this.keep();
    this.ink.globalCompositeOperation = "xor";
    this.ink.fillRect(...this.whole);
    this.ink.globalCompositeOperation = "source-over";
    this.draw();
  }

  // Pointer and keys.

  begin(point) {
    this.keep();
    this.keys = false;
    this.from = point;
    this.base = this.past.at(-1);
    this.drag(point);
  }
  drag(point) {
    if (!this.from) return;
    if (["brush", "erase"].includes(this.tool)) {
      this.stroke(this.from, point);
      this.from = point;
    } else this.shape(this.from, point);
    this.draw();
  }
  end() { this.from = null; }

  /// Moves the brush by keys.
  nudge(x, y) {
    const clamp = (value, top) => Math.max(0, Math.min(top, value));
    const old = this.at;
    this.at = [clamp(old[0] + x, this.layer.width), clamp(old[1] + y, this.layer.height)];
    this.keys = true;
    this.draw();
  }
  dab() {
    this.keep();
    this.keys = true;
    const [x, y] = this.at;
    const r = this.size / 2;
    this.base = this.past.at(-1);
    if (["brush", "erase"].includes(this.tool)) this.stroke(this.at, this.at);
    else this.shape([x - r, y - r], [x + r, y + r]);
    this.draw();
  }

  stroke([x1, y1], [x2, y2]) {
    const ink = this.ink;
    ink.globalCompositeOperation = this.tool === "erase" ? "destination-out" : "source-over";
    ink.lineCap = "round";
    ink.lineWidth = this.size;
    ink.beginPath();
    ink.moveTo(x1, y1);
    ink.lineTo(x2 + 0.01, y2);
    ink.stroke();
    ink.globalCompositeOperation = "source-over";
  }
  shape([x1, y1], [x2, y2]) {
    const ink = this.ink;
    ink.putImageData(this.base, 0, 0);
    ink.beginPath();
    const [w, h] = [Math.abs(x2 - x1), Math.abs(y2 - y1)];
    if (this.tool === "rect") ink.rect(Math.min(x1, x2), Math.min(y1, y2), w, h);
    else ink.ellipse((x1 + x2) / 2, (y1 + y2) / 2, w / 2, h / 2, 0, 0, 7);
    ink.fill();
  }

  // What is seen: hatch and red, with a double outline that shows on any picture.

  draw() {
    const view = this.view;
    view.clearRect(...this.whole);
    this.ring(3.5, "#111");
    this.ring(2, "#fff");
    view.drawImage(this.filled(this.hatch), 0, 0);
    if (!this.keys) return;
    for (const [width, colour] of [[3.5, "#111"], [1.5, "#fff"]]) {
      view.lineWidth = width;
      view.strokeStyle = colour;
      view.beginPath();
      view.arc(...this.at, this.size / 2, 0, 7);
      view.stroke();
    }
  }
  ring(radius, colour) {
    const wide = this.scratch();
    for (let turn = 0; turn < 16; turn++) {
      const angle = (turn * Math.PI) / 8;
      wide.drawImage(this.layer, Math.cos(angle) * radius, Math.sin(angle) * radius);
    }
    wide.globalCompositeOperation = "source-in";
    wide.fillStyle = colour;
    wide.fillRect(...this.whole);
    wide.globalCompositeOperation = "destination-out";
    wide.drawImage(this.layer, 0, 0);
    this.view.drawImage(wide.canvas, 0, 0);
  }
  filled(style) {
    const area = this.scratch();
    area.fillStyle = style;
    area.fillRect(...this.whole);
    area.globalCompositeOperation = "destination-in";
    area.drawImage(this.layer, 0, 0);
    return area.canvas;
  }
  scratch() {
    const canvas = document.createElement("canvas");
    canvas.width = this.layer.width;
    canvas.height = this.layer.height;
    return canvas.getContext("2d");
  }

  /// As the server takes it: white is repainted, black stays; of the picture's size.
  address(width, height) {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    const paper = canvas.getContext("2d");
    paper.fillStyle = "#000";
    paper.fillRect(0, 0, width, height);
    paper.drawImage(this.filled("#fff"), 0, 0, width, height);
    return canvas.toDataURL("image/png");
  }
}

function hatchTile() {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 10;
  const paper = tile.getContext("2d");
  paper.fillStyle = "rgba(191, 49, 24, .32)";
  paper.fillRect(0, 0, 10, 10);
  paper.strokeStyle = "rgba(255, 255, 255, .85)";
  paper.lineWidth = 1.5;
  for (const x of [-10, 0, 10]) {
    paper.beginPath();
    paper.moveTo(x, 10);
    paper.lineTo(x + 10, 0);
    paper.stroke();
  }
  return tile;
}
