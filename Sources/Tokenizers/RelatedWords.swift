/// What people ask for, by the nearest things that models trained here may have been shown: a model
/// that has never seen a word cannot say itself what is near to it.
enum RelatedWords {
    /// The things near to a word or to more than one of it, the first lines first.
    static func things(near word: String) -> [String] {
        table[word] ?? (word.hasSuffix("s") ? table[String(word.dropLast())] : nil) ?? []
    }

    private static let table: [String: [String]] = {
        var table: [String: [String]] = [:]
        for line in lines.split(separator: "\n") {
            let parts = line.split(separator: ":")
            for word in parts[1].split(separator: " ") {
                table[String(word), default: []].append(String(parts[0]))
            }
        }
        return table
    }()

    // A thing, then words for what is like it, is with it, or holds it.
    private static let lines = """
        rocket: astronaut spaceship spacecraft space missile cosmonaut 宇航员 太空 飞船
        moon: astronaut night lunar planet mars space 夜晚 行星 宇航员
        sun: sunset sunrise dawn dusk sunshine beach desert summer sky 日落 日出 沙滩 沙漠 夏天 天空
        star: stars galaxy universe night starfish 银河 宇宙 夜晚
        cloud: sky storm weather rain snow fog smoke 天空 暴风雨 雨 雾 烟
        snowflake: snow winter ice frost 雪 冬天 冰
        snowman: snow winter 雪 冬天
        rainbow: unicorns rain 雨
        umbrella: rain parasol 雨
        water drop: water rain ocean sea tear 水 雨 海 海洋 眼泪
        fire: dragon volcano campfire smoke explosion 龙 火山 篝火 爆炸
        mountain: hill volcano landscape valley cliff island 山丘 火山 风景 山谷 岛
        whale: ocean sea dolphin seal 海 海洋 海豚 海豹
        boat: ship ocean sea lake river yacht canoe harbor 轮船 海 海洋 湖 河 港口
        anchor: ship harbor 轮船 港口
        fish: goldfish salmon tuna aquarium pond seahorse lake river 金鱼 湖 河 池塘
        shark: dolphin 海豚
        octopus: squid jellyfish 鱿鱼 水母
        crab: lobster shrimp crayfish scorpion 龙虾 虾 蝎子
        dog: wolf wolves hound poodle husky corgi coyote hamster 狼
        fox: wolf wolves coyote raccoon squirrel 狼 松鼠 浣熊
        cat: tiger leopard cheetah panther jaguar 老虎 豹
        lion: tiger leopard cheetah panther 老虎 豹
        bear: koala bears beaver hedgehog 考拉 刺猬
        panda: koala raccoon 考拉 浣熊
        monkey: gorilla ape chimpanzee chimp man woman boy girl person people child 猩猩 人 男孩 女孩 孩子
        robot: man person android cyborg knight soldier 人 骑士 士兵
        horse: zebra donkey deer camel knight cowboy 斑马 驴 鹿 骆驼 骑士
        unicorn: pegasus dragon 龙
        cow: bull ox buffalo bison deer moose farm 公牛 鹿 农场
        pig: boar hippo rhino hippopotamus rhinoceros farm 河马 犀牛 农场
        sheep: goat ram llama alpaca farm 山羊 羊驼 农场
        giraffe: zebra camel ostrich 斑马 骆驼 鸵鸟
        elephant: mammoth hippo rhino hippopotamus rhinoceros 猛犸 河马 犀牛
        rabbit: hare mouse rat hamster squirrel kangaroo easter 老鼠 仓鼠 松鼠 袋鼠
        chicken: rooster turkey bird ostrich peacock farm 公鸡 火鸡 鸟 孔雀
        chick: bird sparrow 鸟 麻雀
        duck: goose swan ducklings bird pond 鹅 天鹅 鸟
        penguin: bird puffin antarctica 鸟 南极
        owl: eagle hawk bird parrot raven crow bat 鹰 鸟 鹦鹉 乌鸦 蝙蝠
        frog: lizard newt salamander pond 蜥蜴
        turtle: shell seashell 贝壳
        snake: lizard worm eel crocodile alligator dragon 蜥蜴 虫 鳄鱼 龙
        dinosaur: dragon crocodile alligator lizard monster rex 龙 鳄鱼 怪物
        snail: slug shell seashell worm 贝壳 虫
        butterfly: moth dragonfly fairy insect 蜻蜓 精灵 昆虫
        bee: wasp hornet fly mosquito insect honey 黄蜂 苍蝇 蚊子 昆虫 蜂蜜
        ladybug: beetle ant bug insect 甲虫 蚂蚁 昆虫
        spider: scorpion ant web tarantula 蝎子 蚂蚁
        ghost: spirit monster halloween 鬼 怪物
        skull: skeleton bone pirate death 骨头 海盗
        alien: monster martian extraterrestrial 怪物
        UFO: spaceship spacecraft alien 飞船
        rose: tulip valentine 郁金香
        sunflower: daisy dandelion 雏菊 蒲公英
        flower: tulip lily orchid daisy garden spring lotus 郁金香 百合 花园 春天 莲花
        tree: forest wood jungle park oak pine branch garden 森林 树林 丛林 公园 花园
        Christmas tree: pine fir forest santa 松树 森林
        palm tree: jungle beach island coconut 丛林 沙滩 岛 椰子
        cactus: desert plant succulent 沙漠 植物
        leaf: grass plant herb autumn fern 草 植物 秋天
        mushroom: fungus truffle forest 森林
        apple: fruit peach plum 水果 桃子 李子
        pear: fruit avocado mango papaya 水果 牛油果 芒果
        cherries: fruit cherry berries plum 水果
        strawberry: raspberry berry berries blueberry 树莓 蓝莓
        lemon: lime citrus 青柠 橙子
        banana: mango plantain 芒果
        grapes: berries blueberries blueberry wine olive 蓝莓 酒 橄榄
        watermelon: melon cantaloupe fruit 甜瓜 哈密瓜
        pineapple: coconut melon 椰子
        pepper: tomato tomatoes paprika vegetable 西红柿 番茄 蔬菜
        eggplant: zucchini cucumber vegetable 黄瓜 蔬菜
        carrot: radish turnip vegetable 萝卜 蔬菜
        pumpkin: squash halloween melon 甜瓜
        bread: toast baguette croissant sandwich food 三明治 食物
        hamburger: sandwich hotdog food 三明治 热狗 食物
        pizza: pasta pie food 馅饼 食物
        cheese: butter 黄油
        egg: omelette nest easter 鸟巢
        cake: pie cupcake muffin dessert 馅饼 甜点
        cookie: cracker chocolate dessert 巧克力 甜点
        donut: bagel croissant dessert 甜点
        ice cream: sundae gelato dessert 甜点
        lollipop: candy candies sweets 糖果
        cup: mug glass tea bowl drink 碗 茶 饮料
        teapot: kettle tea jug 水壶 茶
        bottle: wine beer vase jar 酒 啤酒 花瓶
        house: cottage hut cabin building village city town church school barn 小屋 建筑 村庄 城市 教堂 学校
        castle: palace fortress tower king princess knight 宫殿 塔 国王 公主 骑士
        tent: circus camp hut 马戏团 小屋
        door: window gate 窗户 大门
        crown: king queen prince princess 国王 王后 王子 公主
        hat: cap helmet wizard witch cowboy 头盔 巫师 女巫
        ring: jewel diamond gem necklace gold 宝石 钻石 项链
        train: subway tram railway metro 地铁 电车
        bus: van coach ambulance 救护车
        car: taxi vehicle jeep limousine 出租车
        truck: tractor tank van vehicle digger 拖拉机 坦克
        bicycle: motorcycle motorbike scooter wheel 摩托车 轮子
        airplane: aircraft jet glider 喷气机
        helicopter: drone aircraft 无人机
        balloon: party bubble 派对 泡泡
        gift: box package party 盒子 派对
        trophy: medal award cup 奖牌
        soccer ball: ball tennis volleyball baseball 网球 排球
        shirt: jacket coat sweater suit 夹克 大衣 毛衣
        dress: skirt gown princess 裙子 公主
        shoe: boot sandal slipper sock 靴子 袜子
        guitar: violin banjo cello ukulele harp 小提琴 竖琴
        trumpet: saxophone flute horn trombone 萨克斯 长笛
        drum: drums piano tambourine 钢琴
        phone: telephone tablet smartphone 电话
        laptop: keyboard tablet 键盘
        television: screen monitor radio 屏幕 收音机
        camera: telescope binoculars photographer 望远镜
        candle: torch lantern 火炬
        light bulb: lightning torch 闪电
        book: newspaper notebook library letter 报纸 笔记本 图书馆 信
        pencil: pen brush crayon 钢笔 画笔
        scissors: knife sword razor 刀 剑
        hammer: axe wrench sword tool 斧头 扳手 工具
        clock: watch timer 手表
        bed: pillow sofa couch blanket 枕头 沙发
        chair: table sofa couch stool desk throne 桌子 沙发
        lock: safe chest 保险箱
        key: keyhole treasure 宝藏
        """
}
