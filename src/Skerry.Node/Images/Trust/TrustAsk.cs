namespace Skerry.Node.Images.Trust;

/// <summary>How somebody wants an image to be judged.</summary>
/// <param name="Image">The image as he named it: a reference, or an id.</param>
/// <param name="Policy">A policy by its name; <c>none</c> for none; empty for the one of the image's name.</param>
/// <param name="Reason">Why the usual policy is set aside; needed where nothing is verified.</param>
internal sealed record TrustAsk(string Image, string Policy = "", string Reason = "");
