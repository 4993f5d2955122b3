namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>What must hold between parameters before anything is made.</summary>
/// <param name="When">Where it must hold.</param>
/// <param name="Assert">What must hold there.</param>
/// <param name="Description">What CloudFormation says where it does not.</param>
internal sealed record Rule(Value When, Value Assert, string Description);
