using System.Formats.Asn1;

namespace Skerry.Oci.Trust.Certificates;

/// <summary>Reads the subject alternative names that can be an identity (RFC 5280 §4.2.1.6).</summary>
internal static class AlternativeNames
{
    private const int MaxNames = 64;

    public static List<AlternativeName> Of(Certificate certificate)
    {
        var names = new List<AlternativeName>();
        if (certificate.Extension(Oids.SubjectAltName) is not { } extension)
        {
            return names;
        }

        var list = new AsnReader(extension.Value, AsnEncodingRules.DER).ReadSequence();
        while (list.HasData && names.Count < MaxNames)
        {
            var tag = list.PeekTag();
            if (tag.TagClass != TagClass.ContextSpecific)
            {
                throw new OciFormatException("certificate", null, $"a subject alternative name with the tag {tag}, which is none of a GeneralName");
            }

            switch (tag.TagValue)
            {
                case 1:
                    names.Add(new AlternativeName("email", list.ReadCharacterString(UniversalTagNumber.IA5String, tag)));
                    break;
                case 2:
                    names.Add(new AlternativeName("dns", list.ReadCharacterString(UniversalTagNumber.IA5String, tag)));
                    break;
                case 6:
                    names.Add(new AlternativeName("uri", list.ReadCharacterString(UniversalTagNumber.IA5String, tag)));
                    break;
                case 0:
                    var other = list.ReadSequence(tag);
                    if (other.ReadObjectIdentifier() == Oids.FulcioOtherName)
                    {
                        names.Add(new AlternativeName("other", other.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadCharacterString(UniversalTagNumber.UTF8String)));
                    }

                    break;
                default:
                    list.ReadEncodedValue();
                    break;
            }
        }

        return names;
    }
}
