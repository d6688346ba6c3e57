// The canvas of a graph and what hands do on it: drag, wheel, pinch. It draws when something has
// changed, at most once a frame.

import { type Camera, centred, fitted, isInSight, panned, zoomed } from "./camera";
import type { Layout } from "./layout";
import { FarPicture } from "./far";
import { NAMED, Painter, READABLE, type Scene } from "./paint";
import { paletteOf, watchTheme } from "./palette";

export interface BoardEvents {
  onClick(node: number | undefined): void;
  onHover(node: number | undefined): void;
}

const A_CLICK = 4; // pixels that a hand may tremble
const MANY = 800; // nodes that are kept as a picture when they are far away
const REST_MS = 120;
const FLASH_MS = 900;

export class Board {
  #context: CanvasRenderingContext2D;
  #painter: Painter;
  #scene: Scene | undefined;
  #camera: Camera = { x: 0, y: 0, scale: 1 };
  #width = 0;
  #height = 0;
  #frame = 0;
  #pointers = new Map<number, { x: number; y: number }>();
  #moved = 0;
  #isFitted = true; // until somebody moves
  #painted = false;
  #flashes = new Map<number, number>(); // node, since when
  #far = new FarPicture();
  #rest: ReturnType<typeof setTimeout> | undefined;
  #ends: (() => void)[] = [];

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly events: BoardEvents,
  ) {
    const host = canvas.parentElement!;
    this.#context = canvas.getContext("2d", { alpha: false })!;
    this.#painter = new Painter(this.#context, paletteOf(host));
    const size = new ResizeObserver(() => this.#resize());
    size.observe(canvas);
    this.#listen();
    this.#ends.push(
      () => size.disconnect(),
      watchTheme(() => {
        this.#painter.palette = paletteOf(host);
        this.#far = new FarPicture();
        this.#draw();
      }),
    );
    this.#resize();
  }

  end(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#rest);
    for (const end of this.#ends) end();
  }

  /** Whether somebody has chosen what is in sight. */
  get isTouched(): boolean {
    return !this.#isFitted;
  }

  show(scene: Scene, refit: boolean): void {
    const first = this.#scene === undefined;
    this.#scene = scene;
    if (first || refit) this.fit();
    this.#draw();
  }

  /** Shows for a moment that the states of these nodes have changed. */
  flash(nodes: number[]): void {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (const node of nodes) this.#flashes.set(node, performance.now());
    if (nodes.length > 0) this.#draw();
  }

  fit(): void {
    if (!this.#scene) return;
    const { width, height } = this.#scene.layout;
    this.#isFitted = true;
    this.#see(fitted(width, height, this.#width, this.#height));
  }

  zoom(factor: number): void {
    this.#isFitted = false;
    this.#see(zoomed(this.#camera, factor, this.#width / 2, this.#height / 2));
  }

  pan(byX: number, byY: number): void {
    this.#isFitted = false;
    this.#see(panned(this.#camera, byX, byY));
  }

  /** Brings a node into the middle, large enough to be read; `gently`: if it is not in sight. */
  reveal(node: number, gently: boolean): void {
    const box = this.#scene && boxOf(this.#scene.layout, node);
    if (!box) return;
    if (gently && this.#camera.scale >= READABLE && isInSight(this.#camera, box, this.#width, this.#height)) return;
    this.#isFitted = false;
    this.#see(centred(this.#camera, box, this.#width, this.#height, READABLE));
  }

  #see(camera: Camera): void {
    this.#camera = camera;
    this.#draw();
  }

  #draw(): void {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  #paint(): void {
    if (!this.#scene) return;
    if (this.#camera.scale < NAMED && this.#scene.layout.places.length > MANY) this.#paintFar(this.#scene);
    else this.#painter.paint(this.#scene, this.#camera, this.#width, this.#height, devicePixelRatio);
    this.#paintFlashes(this.#scene);
    if (this.#painted) return;
    this.#painted = true;
    this.canvas.dataset["painted"] = ""; // before, it is black, and hidden
    performance.mark("graph-painted"); // for tests/large.bench.ts and DevTools
  }

  #paintFlashes(scene: Scene): void {
    const now = performance.now();
    for (const [node, since] of this.#flashes) {
      const left = 1 - (now - since) / FLASH_MS;
      if (left <= 0) this.#flashes.delete(node);
      else this.#painter.paintFlash(scene, node, this.#camera, devicePixelRatio, left);
    }
    if (this.#flashes.size > 0) this.#draw();
  }

  #paintFar(scene: Scene): void {
    const fit = this.#far.fits(scene, this.#camera, this.#width, this.#height);
    clearTimeout(this.#rest);
    if (fit === "no") this.#sharpen(scene);
    else if (fit === "stretched") {
      this.#rest = setTimeout(() => {
        this.#sharpen(scene);
        this.#draw();
      }, REST_MS);
    }
    this.#far.show(this.#context, this.#camera, this.#painter.palette.surface);
  }

  #sharpen(scene: Scene): void {
    this.#far.renew(scene, this.#camera, this.#width, this.#height, (context, camera, width, height) =>
      this.#painter.paintOn(context, scene, camera, width, height, devicePixelRatio),
    );
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.canvas;
    if (clientWidth === 0 || clientHeight === 0) return;
    this.#width = clientWidth;
    this.#height = clientHeight;
    this.canvas.width = Math.round(clientWidth * devicePixelRatio);
    this.canvas.height = Math.round(clientHeight * devicePixelRatio);
    if (this.#isFitted) this.fit();
    this.#paint();
  }

  #on<K extends keyof HTMLElementEventMap>(kind: K, listener: (event: HTMLElementEventMap[K]) => void): void {
    this.canvas.addEventListener(kind, listener, { passive: false });
    this.#ends.push(() => this.canvas.removeEventListener(kind, listener));
  }

  #listen(): void {
    this.#on("wheel", (event) => {
      event.preventDefault();
      const step = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 * event.deltaY : event.deltaY;
      this.#isFitted = false;
      // A pinch on a trackpad comes as a wheel with Ctrl, in smaller steps.
      this.#see(zoomed(this.#camera, Math.exp(-step * (event.ctrlKey ? 0.01 : 0.0015)), event.offsetX, event.offsetY));
    });
    this.#on("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.canvas.setPointerCapture(event.pointerId);
      if (this.#pointers.size === 0) this.#moved = 0;
      this.#pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    });
    this.#on("pointermove", (event) => this.#move(event));
    this.#on("pointerup", (event) => {
      const pressed = this.#pointers.delete(event.pointerId);
      if (pressed && this.#pointers.size === 0 && this.#moved < A_CLICK) {
        this.events.onClick(this.#nodeAt(event.offsetX, event.offsetY));
      }
    });
    this.#on("pointercancel", (event) => void this.#pointers.delete(event.pointerId));
    this.#on("pointerleave", () => this.events.onHover(undefined));
  }

  #move(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (!before) {
      const node = this.#nodeAt(event.offsetX, event.offsetY);
      this.canvas.style.cursor = node === undefined ? "grab" : "pointer";
      return this.events.onHover(node);
    }
    const now = { x: event.offsetX, y: event.offsetY };
    const [byX, byY] = [now.x - before.x, now.y - before.y];
    this.#moved += Math.abs(byX) + Math.abs(byY);
    this.#isFitted = false;
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, now);
    if (!other) return this.#see(panned(this.#camera, byX, byY));
    const apart = (one: { x: number; y: number }) => Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
    const moved = panned(this.#camera, byX / 2, byY / 2);
    this.#see(zoomed(moved, apart(now) / apart(before), (now.x + other.x) / 2, (now.y + other.y) / 2));
  }

  #nodeAt(screenX: number, screenY: number): number | undefined {
    if (!this.#scene) return undefined;
    const { layout } = this.#scene;
    const x = screenX / this.#camera.scale + this.#camera.x;
    const y = screenY / this.#camera.scale + this.#camera.y;
    const found = layout.places.findIndex(
      (place) => x >= place.x && y >= place.y && x <= place.x + layout.nodeWidth && y <= place.y + layout.nodeHeight,
    );
    return found < 0 ? undefined : found;
  }
}

function boxOf(layout: Layout, node: number) {
  const place = layout.places[node];
  return place && { ...place, width: layout.nodeWidth, height: layout.nodeHeight };
}
