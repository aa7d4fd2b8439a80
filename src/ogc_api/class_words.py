"""What IFC classes are called by people in three languages, so that trees, legends and searches speak as they do."""

from __future__ import annotations

from csdi.store.words import tokens

_WORDS = """
Actuator|Actuator|致動器|执行器
AirTerminal|Air terminal|風口|风口
AirTerminalBox|Air terminal box|變風量箱|变风量箱
Alarm|Alarm|警報器|报警器
Annotation|Annotation|註釋|注释
Assembly|Assembly|組件|组件
Beam|Beam|樑|梁
Bearing|Bearing|支座|支座
Boiler|Boiler|鍋爐|锅炉
Bridge|Bridge|橋樑|桥梁
BridgePart|Bridge part|橋樑部分|桥梁部分
Building|Building|建築物|建筑物
BuildingElementProxy|Other building element|其他建築構件|其他建筑构件
BuildingStorey|Storey|樓層|楼层
CableCarrierFitting|Cable tray fitting|電纜托架配件|电缆桥架配件
CableCarrierSegment|Cable tray|電纜托架|电缆桥架
CableFitting|Cable fitting|電纜配件|电缆配件
CableSegment|Cable|電纜|电缆
Chiller|Chiller|冷水機|冷水机组
Chimney|Chimney|煙囪|烟囱
Coil|Coil|盤管|盘管
Column|Column|柱|柱
CommunicationsAppliance|Communications appliance|通訊設備|通信设备
Compressor|Compressor|壓縮機|压缩机
Condenser|Condenser|冷凝器|冷凝器
Controller|Controller|控制器|控制器
CoolingTower|Cooling tower|冷卻塔|冷却塔
Course|Course|路面層|路面层
Covering|Covering|飾面|饰面
CurtainWall|Curtain wall|幕牆|幕墙
Damper|Damper|風閘|风阀
DiscreteAccessory|Accessory|附件|附件
DistributionChamberElement|Chamber|沙井|检查井
DistributionPort|Port|接口|接口
Door|Door|門|门
DuctFitting|Duct fitting|風管配件|风管管件
DuctSegment|Duct|風管|风管
DuctSilencer|Duct silencer|消聲器|消声器
EarthworksCut|Excavation|挖方|挖方
EarthworksFill|Fill|填方|填方
ElectricAppliance|Electric appliance|電器|电器
ElectricDistributionBoard|Distribution board|配電箱|配电箱
ElectricFlowStorageDevice|Battery|蓄電設備|蓄电设备
ElectricGenerator|Generator|發電機|发电机
ElectricMotor|Motor|電動機|电动机
ElementAssembly|Element assembly|構件組合|构件组合
ExternalSpatialElement|External space|室外空間|室外空间
Facility|Facility|設施|设施
FacilityPart|Facility part|設施部分|设施部分
Fan|Fan|風扇|风机
Filter|Filter|過濾器|过滤器
FireSuppressionTerminal|Sprinkler or hydrant|消防花灑及龍頭|消防喷头及栓
FlowController|Flow controller|流量控制器|流量控制器
FlowFitting|Flow fitting|管道配件|管道配件
FlowMeter|Meter|流量計|流量计
FlowMovingDevice|Flow moving device|輸送設備|输送设备
FlowSegment|Flow segment|管段|管段
FlowStorageDevice|Storage device|儲存設備|储存设备
FlowTerminal|Flow terminal|末端設備|末端设备
FlowTreatmentDevice|Treatment device|處理設備|处理设备
Footing|Footing|地基|基础
Furniture|Furniture|傢具|家具
FurnishingElement|Furnishing|傢具|家具
GeographicElement|Geographic element|地理要素|地理要素
Grid|Grid|軸網|轴网
HeatExchanger|Heat exchanger|熱交換器|换热器
Humidifier|Humidifier|加濕器|加湿器
Interceptor|Interceptor|隔油池|隔油池
JunctionBox|Junction box|接線盒|接线盒
Kerb|Kerb|路緣石|路缘石
Lamp|Lamp|燈泡|灯泡
LightFixture|Light fitting|照明裝置|灯具
MechanicalFastener|Fastener|緊固件|紧固件
Member|Member|桿件|杆件
MotorConnection|Motor connection|電動機接頭|电机接头
OpeningElement|Opening|開口|洞口
Outlet|Socket outlet|插座|插座
Pavement|Pavement|路面|路面
Pile|Pile|樁|桩
PipeFitting|Pipe fitting|喉管配件|管件
PipeSegment|Pipe|喉管|管道
Plate|Plate|板件|板件
ProtectiveDevice|Protective device|保護裝置|保护装置
Pump|Pump|水泵|水泵
Rail|Rail|軌道|轨道
Railing|Railing|欄杆|栏杆
Railway|Railway|鐵路|铁路
RailwayPart|Railway part|鐵路部分|铁路部分
Ramp|Ramp|斜道|坡道
RampFlight|Ramp flight|斜道段|坡道段
Referent|Referent|參照點|参照点
ReinforcingBar|Reinforcing bar|鋼筋|钢筋
ReinforcingMesh|Reinforcing mesh|鋼筋網|钢筋网
Road|Road|道路|道路
RoadPart|Road part|道路部分|道路部分
Roof|Roof|屋頂|屋顶
SanitaryTerminal|Sanitary fitting|潔具|卫生洁具
Sensor|Sensor|感應器|传感器
ShadingDevice|Shading|遮陽設備|遮阳设备
Sign|Sign|標誌|标志
Signal|Signal|訊號|信号
Site|Site|地盤|场地
Slab|Slab|樓板|楼板
SolarDevice|Solar panel|太陽能板|太阳能板
Space|Space|空間|空间
SpaceHeater|Space heater|暖爐|散热器
SpatialZone|Spatial zone|空間分區|空间分区
Stair|Stair|樓梯|楼梯
StairFlight|Stair flight|梯段|梯段
SwitchingDevice|Switch|開關|开关
SystemFurnitureElement|System furniture|系統傢具|系统家具
Tank|Tank|水缸|水箱
Tendon|Tendon|預應力筋|预应力筋
TrackElement|Track element|軌道構件|轨道构件
Transformer|Transformer|變壓器|变压器
TransportElement|Lift or escalator|升降機及自動梯|电梯及自动扶梯
UnitaryControlElement|Control unit|控制單元|控制单元
UnitaryEquipment|Air handling unit|空氣處理機|空气处理机组
Valve|Valve|閥門|阀门
VirtualElement|Virtual element|虛擬構件|虚拟构件
Wall|Wall|牆|墙
WallStandardCase|Wall|牆|墙
WasteTerminal|Waste terminal|去水口|排水口
Window|Window|窗|窗
"""

_LANGUAGES = ("en", "zh-Hant", "zh-Hans")
_BY_CLASS = {f"Ifc{name}": dict(zip(_LANGUAGES, words, strict=True))
             for name, *words in (line.split("|") for line in _WORDS.strip().splitlines())}
_SEARCHED = {ifc_class: [" ".join(tokens(text)) for text in words.values()] for ifc_class, words in _BY_CLASS.items()}


def class_words(ifc_class: str) -> dict[str, str]:
    """The words for a class by language; of a class without words of its own, its name without `Ifc` in English."""
    known = _BY_CLASS.get(ifc_class)
    return known if known else {"en": ifc_class.removeprefix("Ifc")}


def classes_called(text: str) -> list[str]:
    """Classes that one of their words in any language names: the whole word, or more than its first half.

    Width, case, and traditional or simplified forms make no difference, and neither do blanks between Chinese characters.

    >>> classes_called("水 泵")
    ['IfcPump']
    """
    wanted = _bare(text)
    return [ifc_class for ifc_class, words in _SEARCHED.items() if wanted and any(_names(wanted, _bare(word)) for word in words)]


def _names(wanted: str, word: str) -> bool:
    return word == wanted or wanted == word + "s" or (word.startswith(wanted) and 2 * len(wanted) > len(word) and len(wanted) > 1)


def _bare(text: str) -> str:
    return "".join(tokens(text))
