/** Short texts that show an emotion each. */

export interface Example {
  readonly title: string;
  readonly titleEn: string;
  readonly emotion: string;
  readonly text: string;
}

export const examples: readonly Example[] = [
  {
    title: "初雪",
    titleEn: "First snow",
    emotion: "happy",
    text: "快看窗外！下了一整夜的雪，整条街都白了。走，咱们堆个大雪人去，鼻子就用这根胡萝卜！",
  },
  {
    title: "末班车",
    titleEn: "Last train",
    emotion: "sad",
    text: "站台上的灯，一盏一盏地灭了。他提着那只旧皮箱，一直走到尽头，到最后也没有回头。",
  },
  {
    title: "睡前",
    titleEn: "Bedtime",
    emotion: "affectionate",
    text: "别怕，妈妈就在这儿。闭上眼睛，咱们慢慢地数，数到十，小船就划到梦里去啦。",
  },
  {
    title: "车站广播",
    titleEn: "Station",
    emotion: "formal",
    text: "各位旅客请注意：开往上海虹桥的 G7 次列车，将于 10:00 准时发车，票价 662.5 元。请您提前 15 分钟到 3 号站台候车。",
  },
  {
    title: "那幅画",
    titleEn: "The painting",
    emotion: "surprised",
    text: "等一下，这幅画……是你昨天画的？我还以为是从博物馆里借来的呢！",
  },
  {
    title: "竹林",
    titleEn: "Bamboo",
    emotion: "calm",
    text: "夜深了，风从竹林里穿过去，沙沙地响。先放下手里的事吧，坐一会儿，听一听自己的呼吸。",
  },
];
