// A picture of a large graph from afar, larger than what is in sight: moving over it costs no
// drawing, and zooming stretches it until the hand rests.

import type { Camera } from "./camera";

/** Beyond the view, on each side, as a part of it. */
const MARGIN = 0.5;

export class FarPicture {
  #canvas = document.createElement("canvas");
  #of: unknown;
  #camera: Camera = { x: 0, y: 0, scale: 0 };
  #ratio = 0;

  /** Whether it shows `what`, and how well: sharp and all of the view, stretched, or not at all. */
  fits(what: unknown, camera: Camera, width: number, height: number): "sharp" | "stretched" | "no" {
    if (this.#of !== what || this.#ratio !== devicePixelRatio) return "no";
    const stretch = camera.scale / this.#camera.scale;
    if (stretch < 0.4 || stretch > 2.5) return "no";
    if (stretch !== 1) return "stretched";
    const { scale, x, y } = this.#camera;
    const [allWidth, allHeight] = [this.#canvas.width / this.#ratio / scale, this.#canvas.height / this.#ratio / scale];
    const inside =
      camera.x >= x && camera.y >= y && camera.x + width / scale <= x + allWidth && camera.y + height / scale <= y + allHeight;
    return inside ? "sharp" : "no";
  }

  /** Draws `what` anew, by `paint`, with the view in its middle. */
  renew(what: unknown, camera: Camera, width: number, height: number, paint: Paint): void {
    this.#ratio = devicePixelRatio;
    const [allWidth, allHeight] = [width * (1 + 2 * MARGIN), height * (1 + 2 * MARGIN)];
    this.#canvas.width = Math.round(allWidth * this.#ratio);
    this.#canvas.height = Math.round(allHeight * this.#ratio);
    this.#camera = {
      scale: camera.scale,
      x: camera.x - (MARGIN * width) / camera.scale,
      y: camera.y - (MARGIN * height) / camera.scale,
    };
    this.#of = what;
    paint(this.#canvas.getContext("2d", { alpha: false })!, this.#camera, allWidth, allHeight);
  }

  show(context: CanvasRenderingContext2D, camera: Camera, background: string): void {
    const ratio = this.#ratio;
    const stretch = camera.scale / this.#camera.scale;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = background;
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    context.drawImage(
      this.#canvas,
      Math.round((this.#camera.x - camera.x) * camera.scale * ratio),
      Math.round((this.#camera.y - camera.y) * camera.scale * ratio),
      this.#canvas.width * stretch,
      this.#canvas.height * stretch,
    );
  }
}

type Paint = (context: CanvasRenderingContext2D, camera: Camera, width: number, height: number) => void;
