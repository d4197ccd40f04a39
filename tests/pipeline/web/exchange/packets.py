"""XMP packets as other programs write them."""

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
MWG = (
    'xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" '
    'xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#" xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"'
)
MICROSOFT = (
    'xmlns:MP="http://ns.microsoft.com/photo/1.2/" xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#" '
    'xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#"'
)


def packet(inside, about=""):
    """A packet around the inside of ``rdf:RDF``."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/" '
        f'x:xmptk="XMP Core 5.5.0"><rdf:RDF {RDF}>{inside}</rdf:RDF></x:xmpmeta>\n   \n<?xpacket end="w"?>'
    ).encode()


# Attributes, as the XMP toolkit in digiKam (Exiv2) writes them; both forms of regions.
DIGIKAM = packet(
    f"""<rdf:Description rdf:about="" xmlns:digiKam="http://www.digikam.org/ns/1.0/" {MWG} {MICROSOFT}
 xmlns:dc="http://purl.org/dc/elements/1.1/" digiKam:ColorLabel="2">
 <digiKam:TagsList><rdf:Seq><rdf:li>People/Ann Lee</rdf:li></rdf:Seq></digiKam:TagsList>
 <dc:subject><rdf:Bag><rdf:li>Ann Lee</rdf:li><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>
 <mwg-rs:Regions rdf:parseType="Resource">
  <mwg-rs:AppliedToDimensions stDim:w="400" stDim:h="300" stDim:unit="pixel"/>
  <mwg-rs:RegionList><rdf:Bag>
   <rdf:li rdf:parseType="Resource"><mwg-rs:Name>Ann Lee</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type>
    <mwg-rs:Area stArea:x="0.25" stArea:y="0.5" stArea:w="0.2" stArea:h="0.3" stArea:unit="normalized"/></rdf:li>
   <rdf:li rdf:parseType="Resource"><mwg-rs:Name>Rex</mwg-rs:Name><mwg-rs:Type>Pet</mwg-rs:Type>
    <mwg-rs:Area stArea:x="0.8" stArea:y="0.8" stArea:w="0.1" stArea:h="0.1" stArea:unit="normalized"/></rdf:li>
  </rdf:Bag></mwg-rs:RegionList>
 </mwg-rs:Regions>
 <MP:RegionInfo rdf:parseType="Resource"><MPRI:Regions><rdf:Bag>
  <rdf:li MPReg:PersonDisplayName="Ann Lee" MPReg:Rectangle="0.15, 0.35, 0.2, 0.3"/>
 </rdf:Bag></MPRI:Regions></MP:RegionInfo>
</rdf:Description>"""
)
# A structure around a description of its own, as Lightroom writes it.
LIGHTROOM = packet(
    f"""<rdf:Description rdf:about="" {MWG} xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" crs:Exposure2012="+0.35">
 <mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:AppliedToDimensions stDim:h="3000" stDim:unit="pixel" stDim:w="4000"/>
  <mwg-rs:RegionList><rdf:Bag>
   <rdf:li><rdf:Description mwg-rs:Name="Ann Lee" mwg-rs:Rotation="0.00000" mwg-rs:Type="Face">
     <mwg-rs:Area stArea:h="0.3" stArea:w="0.2" stArea:x="0.25" stArea:y="0.5"/></rdf:Description></rdf:li>
   <rdf:li><rdf:Description mwg-rs:Type="Focus">
     <mwg-rs:Area stArea:h="0.1" stArea:w="0.1" stArea:x="0.5" stArea:y="0.5"/></rdf:Description></rdf:li>
  </rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions></rdf:Description>"""
)
# Microsoft's alone, as Windows Photo Gallery writes it.
GALLERY = packet(
    f"""<rdf:Description rdf:about="uuid:faf5bdd5" {MICROSOFT}><MP:RegionInfo><rdf:Description><MPRI:Regions><rdf:Bag>
 <rdf:li><rdf:Description MPReg:PersonEmailDigest="F00D" MPReg:Rectangle="0.15, 0.35, 0.2, 0.3">
  <MPReg:PersonDisplayName>Ann Lee</MPReg:PersonDisplayName></rdf:Description></rdf:li>
 <rdf:li><rdf:Description MPReg:Rectangle="0.6,0.1,0.1,0.1"/></rdf:li>
 </rdf:Bag></MPRI:Regions></rdf:Description></MP:RegionInfo></rdf:Description>"""
)
ALL = {"digikam": DIGIKAM, "lightroom": LIGHTROOM, "gallery": GALLERY}
