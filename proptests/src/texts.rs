//! Texts to count tokens of: made, the same for the same seed, and never twice the same in one run.
//!
//! They stand for what models read and write. English: words by Zipf's law from the project's own prose, with a tail of
//! made-up names. Code: the project's own sources, re-ordered by a chain of pairs of lexical tokens. Other languages:
//! short word lists and a tail of syllables in the language's own script.

#![expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a generator for tests and benches: small numbers, and a place outside a list fails the test"
)]

use std::collections::BTreeMap;
use std::path::Path;

/// A generator of 64-bit numbers (xorshift*).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// From any seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number, of 53 bits.
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }

    /// A number below `limit`, which must not be 0.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.number() % limit.max(1) as u64).unwrap_or(0)
    }

    /// One of some items.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        let at = self.below(items.len());
        items[at]
    }

    /// A rank below `limit` by Zipf's law, roughly.
    fn rank(&mut self, limit: usize) -> usize {
        let unit = (self.number() % (1 << 40)) as f64 / (1u64 << 40) as f64;
        let rank = (limit as f64).powf(unit) - 1.0;
        (rank as usize).min(limit - 1)
    }
}

/// The sets that benches and tests use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// Words, punctuation, some Markdown.
    English,
    /// Rust.
    Code,
    /// Clauses of frequent words and rarer characters.
    Chinese,
    /// Fourteen of them, line by line.
    Languages,
    /// Lines of 76 characters.
    Base64,
    /// Runs of one kind, little between.
    Whitespace,
    /// With joiners, modifiers and flags.
    Emoji,
}

impl Set {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::English,
        Self::Code,
        Self::Chinese,
        Self::Languages,
        Self::Base64,
        Self::Whitespace,
        Self::Emoji,
    ];

    /// Its name in benches.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Code => "code",
            Self::Chinese => "zh",
            Self::Languages => "multi",
            Self::Base64 => "base64",
            Self::Whitespace => "whitespace",
            Self::Emoji => "emoji",
        }
    }
}

/// Most frequent English words first; the project's own words follow.
const FREQUENT: &str = "the of and to a in is that for it as was with be by on not he his but at are this have from or had an they which you were all one we their there been has her would who if more when will said what about so up out them can its other into no time than then some could only new like two may after these any also now my over such most made well back way where much must before right through how just our many those under last good first being each should because still own while between both never same too day against few life without during world state part again came take even come place year here here's there's don't can't didn't it's I'm we're they'd you'll people man work system number water government company night point home school room money story fact month lot study book eye job word business issue side kind head house service friend father power hour game line end member law car city community name president team minute idea body information nothing ago lead social whether watch together follow parent only stop face anything create public already speak others read level allow add office spend door health person art sure war history party within grow result open change morning walk reason low win research girl guy early food moment himself air teacher force offer enough across although remember foot second boy maybe toward able age policy everything love process music including consider appear actually buy probably human wait serve market die send expect sense build stay fall nation plan cut college interest death course someone experience behind reach local kill six remain effect use yeah suggest class control raise care perhaps little late hard field else pass former sell major sometimes require along development themselves report role better economic effort decide rate strong possible heart drug show leader light voice wife whole police mind finally pull return free military price less according decision explain son hope develop view relationship town road drive arm true break difference thank receive value international building action full model join season society tax director position player agree especially record pick wear paper special space ground form support event official whose matter everyone center couple site project hit base activity star table court produce eat teach oil half situation easy cost industry figure street image itself phone either data cover quite picture clear practice piece land recent describe product doctor wall patient worker news test movie certain north personal simply third technology catch step baby computer type attention draw film tree source red nearly organization choose cause hair century evidence window difficult listen soon culture billion chance brother energy period summer realize hundred available plant likely opportunity term short letter condition choice single rule daughter administration south husband floor campaign material population economy medical hospital church close thousand risk current fire future wrong involve defense anyone increase security bank myself certainly west sport board seek per subject officer private rest behavior deal performance fight throw top quickly past goal bed order author fill represent focus foreign drop blood upon agency push nature color recently store reduce sound note fine near movement page enter share common poor natural race concern series significant similar hot language usually response dead rise animal factor decade article shoot east save seven artist scene stock career despite central eight thus treatment beyond happy exactly protect approach lie size dog fund serious occur media ready sign thought list individual simple quality pressure accept answer resource identify left meeting determine prepare disease whatever success argue cup particularly amount ability staff recognize indicate character growth loss degree wonder attack herself region television box training pretty trade election everybody physical lay general feeling standard bill message fail outside arrive analysis benefit sex forward lawyer present section environmental glass skill sister professor operation financial crime stage compare authority miss design sort act ten knowledge gun station blue strategy clearly discuss indeed truth song example democratic check environment leg dark various rather laugh guess executive prove hang entire rock forget claim remove manager help enjoy network legal religious cold final main science green memory card above seat cell establish nice trial expert spring firm radio visit management avoid imagine tonight huge ball finish yourself theory impact respond statement maintain charge popular traditional onto reveal direction weapon employee cultural contain peace pain apply play measure wide shake fly interview manage chair fish particular camera structure politics perform bit weight suddenly discover candidate production treat trip evening affect inside conference unit style adult worry range mention deep edge specific writer trouble necessary throughout challenge fear shoulder institution middle sea dream bar beautiful property instead improve stuff";

const CHINESE: &str = "的 一 是 了 我 不 人 在 他 有 这 个 上 们 来 到 时 大 地 为 子 中 你 说 生 国 年 着 就 那 和 要 她 出 也 得 里 后 自 以 会 家 可 下 而 过 天 去 能 对 小 多 然 于 心 学 么 之 都 好 看 起 发 当 没 成 只 如 事 把 还 用 第 样 道 想 作 种 开 我们 他们 自己 没有 什么 一个 可以 因为 所以 问题 工作 时间 公司 中国 发展 社会 经济 生活 学习 学生 老师 孩子 朋友 今天 现在 已经 如果 但是 虽然 可能 需要 应该 开始 最后 很多 非常 重要 世界 国家 政府 市场 企业 技术 系统 数据 信息 网络 研究 方法 结果 分析 模型 训练 计算 机器 人工智能 语言 文本 测试 性能 服务 管理 安全 质量 用户 产品 设计 软件 硬件 内存 程序 代码 文件 函数 变量 城市 北京 上海 文化 历史 教育 医院 健康 环境 自然 动物 植物 天气 春天 夏天 秋天 冬天 音乐 电影 故事 新闻 报告 会议 活动 参加 关系 影响 提高 增加 减少 变化 过程 条件 情况 能力 水平 目标 计划 实现 支持 帮助 解决 使用 通过 根据 包括 表示 认为 知道 觉得 希望 喜欢 看到 听到 告诉 回答 选择 决定";

/// Fourteen languages: frequent words, and letters or syllables for the tail.
const LANGUAGES: [(&str, &str); 14] = [
    (
        "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde größer Straße können müssen",
        "schen ber ung lich keit auf ver ent gen zeit haus ländi füh rö",
    ),
    (
        "le de un être et à il avoir ne je son que se qui ce dans en du elle au pour pas que vous par sur faire plus dire me on mon lui nous comme mais pouvoir avec tout y aller voir en bien où sans tu ou leur homme même été déjà après élève",
        "tion ment eur ais able que pré con dé fi ré gé nou",
    ),
    (
        "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está mi porque qué sólo año niño",
        "ción mente dad ando ar er pre con tra ñe lo ri",
    ),
    (
        "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu sua ou ser quando muito há nos já está eu também só pelo pela até isso ela entre depois sem mesmo aos coração",
        "ção mente dade ar inho pre lhe re ões tra",
    ),
    (
        "di e il la che a in un è per del una non sono da della si con le dei al come più anche ma alla nel questo ha lo gli o se suo su era dal tra quando due molto tempo anni essere stato così perché città può già",
        "zione mente ità are ella gno pre con sti",
    ),
    (
        "и в не на я быть он с что а по это она этот к но они мы весь который из у то за свой что весь год от так о для ты же все тот мочь вы человек такой его сказать один время как если другой работа система данные",
        "ость ение ный ать при пере ство ка ли но ва ро",
    ),
    (
        "і в не на я що з він бути до це як та але за ми вони у який від так для його по вона рік час все про може або свій людина день країна слово життя їх мова ще також",
        "ість ння ний ати при пере ство ка ли но ва їв",
    ),
    (
        "και το να η του της που με είναι για από στο την οι τα δεν θα τον ένα μια στην αυτό ως τους ο μας σας πολύ όπως ή αλλά κάτι μόνο χρόνια σύστημα",
        "τικ ισμ ότητ ων ους ει αι δια παρα κα λο",
    ),
    (
        "من في على أن إلى هذا التي ما لا كان هو مع عن هذه الذي كل بعد بين ذلك قد أو حيث عند لم هناك يمكن العالم العمل الوقت البيانات نظام كبير جديد",
        "ال ية ون ات مس تر كت با نا لي",
    ),
    (
        "של את על הוא לא זה עם היא כי גם אם אני אין מה יש כל אבל או היה בין רק יותר אחרי לפני שנה עבודה מערכת נתונים גדול חדש",
        "ות ים ית הת מש בר לי נו",
    ),
    (
        "के है में की से को और का यह पर हैं एक नहीं कि भी था हो इस तो वह कर ने लिए अपने साथ जो या अब समय काम लोग दिन साल दुनिया भाषा प्रणाली",
        "ता ना कर वि प्र सं का ति रा में",
    ),
    (
        "ที่ การ และ ใน เป็น ของ มี ได้ ไม่ จะ ให้ ว่า กับ คน นี้ ความ ไป มา ก็ แต่ หรือ จาก โดย เรา เขา วัน ปี ระบบ ข้อมูล ภาษา ทำงาน",
        "กา ระ ผู้ นัก เส้น ทาง ขึ้น",
    ),
    (
        "이 그 저 것 수 등 들 및 때 년 하는 있는 있다 한다 하고 에서 으로 에게 그리고 하지만 사람 시간 일 우리 나라 세계 사회 문제 생각 시스템 데이터 언어 학교 정부",
        "하 다 고 는 을 이 가 스 트 리 에 서",
    ),
    (
        "の に は を た が で て と し れ さ ある いる も する から な こと として い や など なっ ない この ため その あっ よう また もの という あり まで られ なる へ か だ これ によって により おり より システム データ 言語 学校 日本 東京 時間 問題",
        "リ ー ン ス テ ト コ ラ ム イ ヤ",
    ),
];

/// Which lexical tokens follow which two.
type Chain = BTreeMap<(u32, u32), Vec<u32>>;

/// What texts are made from.
pub struct Texts {
    words: Vec<String>,
    code: Vec<String>,
    chain: Chain,
}

impl Texts {
    /// Reads the project's own prose and sources; `root` is the repository.
    pub fn new(root: &Path) -> Self {
        let mut sources = String::new();
        for folder in ["core/src", "native/src", "xtask/src", "proptests/tests"] {
            collect(&root.join(folder), &mut sources);
        }
        let mut words: Vec<String> = FREQUENT.split(' ').map(str::to_owned).collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for word in sources.split(|scalar: char| !scalar.is_ascii_lowercase()) {
            if word.len() > 2 {
                *counts.entry(word).or_default() += 1;
            }
        }
        let mut own: Vec<(&str, usize)> = counts.into_iter().filter(|(_, count)| *count > 2).collect();
        own.sort_by_key(|(word, count)| (std::cmp::Reverse(*count), *word));
        words.extend(own.iter().map(|(word, _)| (*word).to_owned()));
        for suffix in ["s", "ed", "ing", "ly", "ness", "er", "ment"] {
            words.extend(own.iter().step_by(3).map(|(word, _)| format!("{word}{suffix}")));
        }
        let (code, chain) = chain(&sources);
        Self { words, code, chain }
    }

    /// A text of about `bytes` bytes (never more than 200 over).
    pub fn text(&self, set: Set, bytes: usize, seed: u64) -> String {
        let random = &mut Random::new(seed ^ (set as u64) << 32);
        let mut text = String::with_capacity(bytes + 200);
        match set {
            Set::English => self.english(&mut text, bytes, random),
            Set::Code => self.code(&mut text, bytes, random),
            Set::Chinese => chinese(&mut text, bytes, random),
            Set::Languages => languages(&mut text, bytes, random),
            Set::Base64 => fill(&mut text, bytes, random, |random, text| {
                let length = random.pick(&[76, 76, 76, 300]);
                for _ in 0..length.min(150) {
                    text.push(char::from(random.pick(
                        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                    )));
                }
                text.push('\n');
            }),
            Set::Whitespace => fill(&mut text, bytes, random, |random, text| {
                let blank = random.pick(&[' ', ' ', ' ', ' ', '\n', '\n', '\t', '\r', '\u{3000}', '\u{a0}']);
                for _ in 0..=random.rank(40) {
                    text.push(blank);
                }
                if random.below(6) == 0 {
                    text.push_str(random.pick::<&str>(&["x", "0", ".", "}", "é"]));
                }
            }),
            Set::Emoji => fill(&mut text, bytes, random, |random, text| {
                text.push_str(random.pick::<&str>(&[
                    "😀",
                    "👍🏽",
                    "👨\u{200d}👩\u{200d}👧",
                    "🇩🇪",
                    "❤\u{fe0f}",
                    "🎉",
                    "🚀",
                    "1\u{fe0f}\u{20e3}",
                    "🤷🏻\u{200d}♂\u{fe0f}",
                    "🧪",
                ]));
                if random.below(5) == 0 {
                    text.push(' ');
                }
            }),
        }
        text
    }

    fn english(&self, text: &mut String, bytes: usize, random: &mut Random) {
        let mut paragraph = 0;
        while text.len() < bytes {
            let length = 5 + random.below(20);
            for at in 0..length {
                let mut word = self.words[random.rank(self.words.len())].clone();
                match random.below(90) {
                    0 | 1 => word = name(random),
                    2 => word = random.below(2100).to_string(),
                    3 => word = format!("“{word}”"),
                    4 => word = format!("{word}-{}", self.words[random.rank(self.words.len())]),
                    5 => word = format!("({word})"),
                    6 => word = format!("`{word}_{}`", self.words[random.rank(500)]),
                    _ => {}
                }
                if at == 0 {
                    let mut scalars = word.chars();
                    if let Some(first) = scalars.next() {
                        word = first.to_uppercase().chain(scalars).collect();
                    }
                } else {
                    text.push_str(if random.below(11) == 0 { ", " } else { " " });
                }
                text.push_str(&word);
            }
            text.push_str(random.pick::<&str>(&[".", ".", ".", ".", ".", "?", ":", "!"]));
            paragraph += 1;
            if paragraph > 2 && random.below(4) == 0 {
                paragraph = 0;
                text.push_str(random.pick::<&str>(&["\n\n", "\n\n", "\n\n", "\n\n## ", "\n- ", "\n\n1. "]));
            } else {
                text.push(' ');
            }
        }
    }

    fn code(&self, text: &mut String, bytes: usize, random: &mut Random) {
        let starts: Vec<&(u32, u32)> = self.chain.keys().collect();
        let mut state = *random.pick(&starts);
        while text.len() < bytes {
            let next = match self.chain.get(&state) {
                Some(list) if random.below(400) > 0 => random.pick(list),
                _ => {
                    state = *random.pick(&starts);
                    state.1
                }
            };
            let token = &self.code[next as usize];
            // Identifiers and numbers of its own: no text is one that was seen.
            match random.below(120) {
                0 if token
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_') =>
                {
                    text.push_str(&name(random).to_lowercase());
                }
                1..=60 if token.bytes().all(|byte| byte.is_ascii_digit()) => {
                    text.push_str(&random.rank(100_000).to_string());
                }
                _ => text.push_str(token),
            }
            state = (state.1, next);
        }
    }
}

/// Adds parts until a text is long enough.
fn fill(
    text: &mut String,
    bytes: usize,
    random: &mut Random,
    mut part: impl FnMut(&mut Random, &mut String),
) {
    while text.len() < bytes {
        part(random, text);
    }
}

/// A made-up name.
fn name(random: &mut Random) -> String {
    let syllables = [
        "ka", "ro", "mi", "den", "tal", "vor", "lin", "sha", "el", "ber", "qu", "ist", "on", "zu", "phi",
        "ran",
    ];
    let mut name: String = (0..2 + random.below(3))
        .map(|_| random.pick(&syllables))
        .collect();
    name[..1].make_ascii_uppercase();
    name
}

fn chinese(text: &mut String, bytes: usize, random: &mut Random) {
    let words: Vec<&str> = CHINESE.split(' ').collect();
    while text.len() < bytes {
        for _ in 0..3 + random.below(9) {
            match random.below(12) {
                0 | 1 => text.extend(char::from_u32(0x4e00 + random.rank(0x51a0) as u32)),
                2 if random.below(8) == 0 => text.push_str(&random.below(3000).to_string()),
                3 if random.below(10) == 0 => {
                    text.push_str(random.pick::<&str>(&["GPU", "API", "Rust", "token"]));
                }
                _ => text.push_str(words[random.rank(words.len())]),
            }
        }
        text.push_str(random.pick::<&str>(&["，", "，", "，", "。", "。", "、", "：", "？", "。\n\n"]));
    }
}

fn languages(text: &mut String, bytes: usize, random: &mut Random) {
    while text.len() < bytes {
        let (words, syllables) = random.pick(&LANGUAGES);
        let words: Vec<&str> = words.split(' ').collect();
        let syllables: Vec<&str> = syllables.split(' ').collect();
        for _ in 0..2 + random.below(4) {
            for _ in 0..4 + random.below(12) {
                if random.below(6) == 0 {
                    for _ in 0..2 + random.below(3) {
                        text.push_str(random.pick::<&str>(&syllables));
                    }
                } else {
                    text.push_str(words[random.rank(words.len())]);
                }
                text.push_str(if random.below(9) == 0 { ", " } else { " " });
            }
            text.push_str(". ");
        }
        text.push('\n');
    }
}

/// All Rust sources below a folder, in order of their names.
fn collect(folder: &Path, sources: &mut String) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.ends_with("classes_table.rs")
        {
            sources.push_str(&std::fs::read_to_string(&path).unwrap_or_default());
        }
    }
}

/// Lexical tokens, and which follows which two.
fn chain(sources: &str) -> (Vec<String>, Chain) {
    let kind = |scalar: char| match scalar {
        'a'..='z' | 'A'..='Z' | '_' => 0,
        '0'..='9' => 1,
        ' ' => 2,
        '\n' => 3,
        _ => 4,
    };
    let mut ids: BTreeMap<&str, u32> = BTreeMap::new();
    let (mut list, mut code) = (Vec::new(), Vec::new());
    let mut start = 0;
    let scalars: Vec<(usize, char)> = sources.char_indices().collect();
    for pair in scalars.windows(2) {
        let [(_, left), (at, right)] = *pair else {
            continue;
        };
        if kind(left) == kind(right) && kind(left) < 4 {
            continue;
        }
        let token = &sources[start..at];
        let id = *ids.entry(token).or_insert_with(|| {
            code.push(token.to_owned());
            u32::try_from(code.len() - 1).unwrap_or(0)
        });
        list.push(id);
        start = at;
    }
    let mut chain: Chain = BTreeMap::new();
    for three in list.windows(3) {
        if let [first, second, third] = *three {
            chain.entry((first, second)).or_default().push(third);
        }
    }
    (code, chain)
}
