import { layered, type Sizes } from "./layered";

export interface LayeredOrder {
  needs: number[][];
  feeds: number[][];
  sizes: Sizes;
}

self.onmessage = ({ data }: MessageEvent<LayeredOrder>) => {
  self.postMessage(layered(data.needs, data.feeds, data.sizes));
};
